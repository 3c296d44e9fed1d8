import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { play } from "../../src/game/play.js";
import { kendall, spearman } from "../../src/math/ranks.js";
import { createRng } from "../../src/random.js";
import { requestOf } from "../../src/spec/load.js";
import type { SpecInput } from "../../src/spec/schema.js";
import { openRun } from "../../src/tasks/open_run.js";
import { planOf } from "../../src/tasks/play_plan.js";
import { norm } from "../estimators/statistics.js";
import { inRepository } from "../shared/root.js";
import type { OwenOptions } from "./options.js";

/*
 * The embedded model, token players, sampler owen.
 * With the weights before the last training stage: 216 tokens, 2,000 against 8,000 coalitions: Spearman 0.35 (most tokens count for
 * nothing, in either run by chance more or less), 7 of the 10 heaviest tokens in common. Refining from the top (explain.top) is the
 * better use of such a budget.
 */

const HEAVIEST = 10;

interface HeldOut {
  readonly twoTurn: readonly {
    readonly turns: readonly { readonly role: "user" | "assistant"; readonly text: string }[];
    readonly answer: string;
  }[];
}

export async function run({ words, budget, long }: OwenOptions): Promise<void> {
  const spec: SpecInput = {
    model: { connector: "transformers-text", repo: "embedded:nano", device: "cpu" },
    messages: messagesOf(words),
    explain: { players: "token", sampler: "owen", budget },
  };
  const opened = await openRun(await requestOf(spec, fileURLToPath(inRepository("."))));
  const { game, target } = await opened.openGame();
  const plan = planOf(opened);
  console.log(`${opened.players.length} players, answer "${target.text}"`);
  const valuesOf = async (coalitions: number, seed: string): Promise<Float64Array> => {
    const started = Date.now();
    const { estimate, spent } = await play(game, plan.method, { budget: coalitions, rng: createRng(seed) });
    console.log(`${spent.distinct} coalitions in ${((Date.now() - started) / 1000).toFixed(1)} s`);
    return estimate.values;
  };
  const [short, truth] = [await valuesOf(budget, "short"), await valuesOf(long, "long")];
  const error = norm(short.map((value, i) => value - (truth[i] as number))) / norm(truth);
  const [rho, tau] = [spearman(short, truth), kendall(short, truth)].map((one) => one?.toFixed(3) ?? "undefined");
  console.log(`Spearman ${rho}, Kendall ${tau}, relative error ${error.toFixed(3)}`);
  const found = heaviest(short);
  const common = heaviest(truth).filter((player) => found.includes(player)).length;
  console.log(`of the ${HEAVIEST} heaviest tokens ${common} are among the ${HEAVIEST} heaviest of the short run`);
  await opened[Symbol.asyncDispose]();
}

/** Held-out exchanges, one after the other, until there are enough words; the last question stays open. */
function messagesOf(words: number): NonNullable<SpecInput["messages"]> {
  const { twoTurn } = JSON.parse(readFileSync(inRepository("fixtures/conversations/nano-heldout.json"), "utf8")) as HeldOut;
  const messages: NonNullable<SpecInput["messages"]> = [];
  let count = 0;
  for (const { turns, answer } of twoTurn) {
    for (const { role, text } of turns) {
      messages.push({ role, content: text });
      count += text.split(" ").length;
    }
    if (count >= words) return messages;
    messages.push({ role: "assistant", content: answer });
    count += answer.split(" ").length;
  }
  throw new Error(`the held-out conversations have ${count} words only`);
}

function heaviest(values: Float64Array): readonly number[] {
  const weight = (player: number): number => Math.abs(values[player] as number);
  return [...values.keys()].sort((i, j) => weight(j) - weight(i)).slice(0, HEAVIEST);
}
