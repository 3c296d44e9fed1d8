import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Model } from "../src/connectors/types.js";
import type { Result } from "../src/results/result_schema.js";
import { requestOf } from "../src/spec/load.js";
import type { SpecInput } from "../src/spec/schema.js";
import { explain } from "../src/tasks/explain.js";
import { loadModel } from "../src/tasks/load_model.js";

const root = fileURLToPath(new URL("..", import.meta.url));

interface Command {
  readonly id: string;
  readonly text: string;
  readonly answer: string;
  readonly words: readonly string[];
  readonly decides: readonly boolean[];
}
const { oneTurn } = JSON.parse(readFileSync(`${root}/fixtures/conversations/nano-heldout.json`, "utf8")) as { oneTurn: Command[] };
/** The short ones; scripts/ground-truth.mjs and scripts/word-truth.mjs take all. */
const COMMANDS = oneTurn.filter((command) => command.words.length <= 8).slice(0, 12);

function specOf(content: string, extra: SpecInput["explain"] = {}): SpecInput {
  return {
    model: { connector: "transformers-text", repo: "embedded:nano", device: "cpu" },
    messages: [{ role: "user", content }],
    explain: { sampler: "exact", players: "word", ...extra },
  };
}

describe("explanations of the embedded model", () => {
  let model: Model;
  const run = async (spec: SpecInput): Promise<Result> => {
    const { run: _, ...result } = await explain(await requestOf(spec, root), { model });
    return result;
  };

  beforeAll(async () => {
    model = await loadModel(await requestOf(specOf("hello"), root));
  });
  afterAll(async () => await model.dispose());

  it.each(COMMANDS)('$id: the deciding words of "$text" outweigh all others', async ({ text, answer, words, decides }) => {
    const { players, response, payoff } = await run(specOf(text));
    expect(response.text).toBe(answer);
    expect(players).toHaveLength(words.length);
    const values = players.map((player) => player.value);
    const least = Math.min(...values.filter((_, i) => decides[i]));
    const most = Math.max(...values.filter((_, i) => !decides[i]));
    expect(least).toBeGreaterThan(most);
    expect(Math.abs(payoff.sum_of_values - (payoff.full - payoff.empty))).toBeLessThan(1e-9);
  });

  it.each(COMMANDS)('$id: each word of the answer to "$text" is owed to its own word of the command first', async (command) => {
    const { outputs, players } = await run(specOf(command.text));
    const bare = (text: string | undefined): string => text?.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "") ?? "";
    const deciding = command.words.filter((_, i) => command.decides[i]).map(bare);
    const copied = outputs?.words.filter(({ text }) => deciding.includes(bare(text))) ?? [];
    expect(copied).toHaveLength(deciding.length);
    for (const { text, values } of copied) expect(bare(players[values.indexOf(Math.max(...values))]?.text)).toBe(bare(text));
  });

  it("gives the same bytes twice, sampled or exact, whatever the payoff", async () => {
    for (const extra of [{}, { payoff: "tfidf" }, { sampler: "permutation", budget: 60, seed: 3 }] as const) {
      const spec = specOf("hey, set the bedroom fan to seven please", extra);
      expect(JSON.stringify(await run(spec))).toBe(JSON.stringify(await run(spec)));
    }
  });

  it("approaches the exact values by sampling", async () => {
    const text = "could you please set the office heater to two for me";
    const exact = await run(specOf(text));
    const sampled = await run(specOf(text, { sampler: "permutation", budget: 1000, seed: 1 }));
    const spread = exact.payoff.full - exact.payoff.empty;
    sampled.players.forEach((player, i) => {
      expect(Math.abs(player.value - (exact.players[i]?.value ?? Number.NaN))).toBeLessThan(
        Math.max(4 * (player.std_error ?? 0), 0.02 * spread),
      );
    });
  });

  it("explains an answer that the spec gives, and turns of a longer conversation", async () => {
    const spec = specOf("");
    const result = await run({
      ...spec,
      messages: [
        { role: "user", content: "turn on the kitchen light" },
        { role: "assistant", content: "turning on the kitchen light" },
        { role: "user", content: "and the lamp too" },
        { role: "assistant", content: "turning on the kitchen lamp" },
      ],
      explain: { sampler: "exact", players: "word", system_roles: "system_assistant" },
    });
    expect(result.response).toMatchObject({ text: "turning on the kitchen lamp", finish_reason: "given" });
    expect(result.players.map((player) => player.turn)).toEqual([1, 1, 1, 1, 1, 3, 3, 3, 3]);
    const top = result.players.reduce((best, player) => (player.value > best.value ? player : best));
    expect(top.text).toBe("lamp");
  });
});
