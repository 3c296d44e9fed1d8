import { expect, test } from "vitest";
import type { RunEvent, RunOptions } from "../../src/events.js";
import { buildPlayers } from "../../src/players/players.js";
import { playerTree } from "../../src/players/tree.js";
import { planMethod } from "../../src/shapley/plan.js";
import { type SpecInput, SpecSchema } from "../../src/spec/schema.js";
import { playPlan } from "../../src/tasks/play_plan.js";
import { fakeChat } from "../support/fakes.js";
import { additive, unanimity } from "../support/games.js";

const chat = fakeChat([
  { text: "Hi", turn: 1 },
  { text: " there", turn: 1 },
  { text: "Go", turn: 2 },
  { text: " home", turn: 2 },
]);
const { players } = buildPlayers(chat, { text: "word", audio: "token", segmentSeconds: 1 });

function runOf(explain: SpecInput["explain"], options: RunOptions = {}) {
  const model = { connector: "transformers-text", repo: "embedded:nano" } as const;
  const spec = SpecSchema.parse({ model, messages: [{ role: "user", content: "x" }], explain });
  return { request: { spec, given: new Set<string>() }, players, tree: () => playerTree(chat, players, 1), options };
}

const planFor = (sampler: "exact" | "owen") =>
  planMethod({ sampler, players: 4, budget: 64, budgetGiven: true, options: { confidence: 0.95 } });

test("from the top: the heaviest turn word by word, the other whole, and a warning that says so", async () => {
  const events: RunEvent[] = [];
  const run = runOf({ sampler: "owen", budget: 64, top: 1 }, { onEvent: (event: RunEvent) => void events.push(event) });
  const played = await playPlan(additive([0.1, 0.2, 2, 1]), planFor("owen"), run);
  expect(played.players.map(({ kind, text, tokens }) => [kind, text, tokens])).toEqual([
    ["group", "Hi there", [0, 1]],
    ["word", "Go", [2]],
    ["word", "home", [3]],
  ]);
  played.outcome.estimate.values.forEach((value, i) => {
    expect(value).toBeCloseTo([0.3, 2, 1][i] as number, 12);
  });
  expect(played.outcome.spent.distinct).toBe(4 + 8);
  expect(events.filter(({ kind }) => kind === "warning")).toEqual([
    { kind: "warning", message: 'left whole, as lighter than the 1 that were refined: "Hi there" (2 players)' },
  ]);
});

test("interactions where they are asked for, and only there", async () => {
  const game = unanimity(4, [1, 3]);
  const asked = await playPlan(game, planFor("exact"), runOf({ interactions: true }));
  expect(asked.interactions?.pairs[0]).toMatchObject({ first: 1, second: 3, value: 1, stdError: 0 });
  const unasked = await playPlan(game, planFor("exact"), runOf({}));
  expect(unasked.interactions).toBeNull();
});
