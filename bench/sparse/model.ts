import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { requestOf, STRICT } from "../../src/spec/load.js";
import { openRun } from "../../src/tasks/open_run.js";
import { inRepository } from "../shared/root.js";
import { growRecord, type RecordedGame } from "./record.js";

/*
 * The answer is given: two sentences of the document hold it, which a model of this size does not find by itself. The question is no
 * player, as in context-cite.
 */
const QUESTION = "Who repaired the lamp of the lighthouse, and what paid for it?";
const ANSWER = "Nora Finch repaired the lamp, and money from the fair paid for it.";

/** The record, with the model behind it. */
export async function openModel(folder: string): Promise<RecordedGame & AsyncDisposable> {
  const text = readFileSync(inRepository("fixtures/games/sparse/eastmere.txt"), "utf8").trim();
  const spec = {
    version: 1 as const,
    model: { connector: "transformers-text" as const, repo: resolve(folder), device: "cpu" as const },
    messages: [
      { role: "user" as const, content: `${text}\n\n${QUESTION}` },
      { role: "assistant" as const, content: ANSWER },
    ],
    explain: { players: "sentence" as const, payoff: "likelihood" as const },
  };
  const run = await openRun(await requestOf(spec, "/", { policy: { ...STRICT, allowOutside: true } }));
  const question = run.players.length;
  const { game, target } = await run.openGame(run.groupIds.map((id) => (id === question ? 0 : id)));
  const players = run.players.slice(0, -1).map((player) => player.text ?? "");
  const described = { players, answer: target.text, steps: target.generatedTextTokens.length };
  const record = growRecord(described, async (coalitions) => await game.evaluate(coalitions, {}));
  return Object.assign(record, { [Symbol.asyncDispose]: async () => await run[Symbol.asyncDispose]() });
}
