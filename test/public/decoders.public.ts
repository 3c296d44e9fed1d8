import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BaseMllmChat } from "../../src/compat/chat.js";
import type { Model } from "../../src/connectors/types.js";
import { play } from "../../src/game/play.js";
import { createRng } from "../../src/random.js";
import { planMethod } from "../../src/shapley/plan.js";
import type { SpecInput } from "../../src/spec/schema.js";
import { readConversation } from "../../src/tasks/conversation.js";
import { explain } from "../../src/tasks/explain.js";
import { loadModel } from "../../src/tasks/load_model.js";
import { itemAt } from "../../src/util/elements.js";
import { tableGame } from "../support/games.js";
import { asked, type Case, type Compared, casesOf, largestDifference, requestFor, sourceOf, type Truth } from "./truth.js";

const MODELS = asked.filter((name) => name !== "minilm");
const EXPORTERS = ["optimum", "genai"] as const;
/** fp32 against double precision: what one step's log-probability, a payoff and a value may differ by. */
const STEP = 1e-4;
const VALUE = 1e-5;
/** Coalitions of the sampled runs. */
const SAMPLED = 64;

const measured: string[] = [];

describe.each(MODELS.flatMap((model) => EXPORTERS.map((exporter) => ({ model, exporter }))))("$model as $exporter wrote it", (one) => {
  const { model: name, exporter } = one;
  const cases = casesOf(name);
  const explained = cases.filter(({ truth }) => truth.values !== undefined);
  let model: Model;

  beforeAll(async () => {
    model = await loadModel(await requestFor(name, exporter, cases[0]?.asked as Case));
  });
  afterAll(async () => {
    await model.dispose();
    writeFileSync(join(process.env.MLLM_SHAP_PUBLIC as string, "measured.tsv"), `${measured.join("\n")}\n`);
  });

  const note = (what: string, of: string, difference: number): void => {
    measured.push([name, exporter, what, of, difference.toExponential(1)].join("\t"));
    process.stdout.write(`${measured.at(-1)}\n`);
  };

  async function converse(the: Case) {
    const { chat, given } = await readConversation(await requestFor(name, exporter, the), model, {});
    const [generated] = await model.generateBatch([chat], { maxNewTokens: the.max_new_tokens ?? 1 });
    return { chat: chat as BaseMllmChat, response: given ?? (generated as NonNullable<typeof generated>) };
  }

  it.each(cases)("gives torch's answer: $name", async ({ name: title, asked: the, truth }) => {
    const { chat, response } = await converse(the);
    expect([...chat.inputTokens]).toEqual(truth.prompt);
    expect([...response.generatedTextTokens]).toEqual(truth.answer);
    expect(response.text).toBe(truth.text);
    const [steps] = await model.score([chat], response);
    const difference = largestDifference(steps as Float64Array, truth.log_probabilities);
    note("log-probability of a token", title, difference);
    expect(difference).toBeLessThan(STEP);
  });

  it.each(explained)("gives the Shapley values of torch's payoffs: $name", async ({ name: title, asked: the, truth }) => {
    const { players, payoff } = await explain(await requestFor(name, exporter, the), { model });
    expect(players.map(({ text }) => text.trim())).toHaveLength(truth.players?.length as number);
    const values = largestDifference(
      players.map(({ value }) => value),
      truth.values as readonly number[],
    );
    const ends = largestDifference([payoff.empty, payoff.full], [truth.payoffs?.[0] as number, truth.payoffs?.at(-1) as number]);
    note(`value, ${truth.payoffs?.length} coalitions`, title, values);
    expect(Math.max(values, ends)).toBeLessThan(VALUE);
  });

  it.each(explained.filter(({ truth }) => (truth.payoffs?.length as number) > SAMPLED))(
    "estimates what the same coalitions' payoffs from torch give: $name",
    async ({ name: title, asked: the, truth }) => {
      for (const sampler of ["permutation", "kernel"] as const) {
        const request = await requestFor(name, exporter, the, { sampler, budget: SAMPLED, seed: 7 });
        const { players } = await explain(request, { model });
        const difference = largestDifference(
          players.map(({ value }) => value),
          await estimateOf(sampler, truth),
        );
        note(`value, ${sampler}, ${SAMPLED} coalitions`, title, difference);
        expect(difference).toBeLessThan(VALUE);
      }
    },
  );

  it.each(
    cases.flatMap((one) => Object.entries(one.truth.compared ?? {}).map(([kind, game]) => ({ ...one, kind: kind as Compared, game }))),
  )("gives the Shapley values of what torch makes of all answers by $kind: $name", async ({ name: title, asked: the, kind, game }) => {
    const payoff = { kind, source: sourceOf(kind, name, exporter), ...the.compared?.[kind] } as NonNullable<SpecInput["explain"]>["payoff"];
    const { players, payoff: ends } = await explain(await requestFor(name, exporter, the, { payoff }), { model });
    const values = largestDifference(
      players.map(({ value }) => value),
      game.values,
    );
    const worth = largestDifference([ends.empty, ends.full], [itemAt(game.payoffs, 0), itemAt(game.payoffs, game.payoffs.length - 1)]);
    note(`value by ${kind}`, title, values);
    expect(Math.max(...game.values.map(Math.abs))).toBeGreaterThan(100 * VALUE);
    expect(Math.max(values, worth)).toBeLessThan(VALUE);
  });
});

/** The sampled method of a run, fed with torch's payoffs. */
async function estimateOf(sampler: "permutation" | "kernel", { payoffs = [], players = [] }: Truth): Promise<readonly number[]> {
  const n = players.length;
  const { method, budget } = planMethod({
    sampler,
    players: n,
    budget: SAMPLED,
    budgetGiven: true,
    options: { confidence: 0.95 },
  });
  const { estimate } = await play(tableGame(n, payoffs), method, { budget, rng: createRng(7).fork("sampler") });
  return [...estimate.values];
}
