import { Role } from "../chat/enums.js";
import type { RunOptions } from "../events.js";
import { sizeOf } from "../game/coalitions.js";
import type { Coalition, Game, Method } from "../game/types.js";
import { learning, type ModelMemo } from "../memo/memory.js";
import { PAYOFFS } from "../payoffs/registry.js";
import type { Player } from "../players/types.js";
import { createRng, type Rng } from "../random.js";
import type { Inspection, PredictedCost, ServedCost } from "../results/inspection.js";
import type { ExplainRequest } from "../spec/request.js";
import { withSignal } from "../util/abort.js";
import { sum } from "../util/arrays.js";
import { int32At } from "../util/elements.js";
import { type OpenRun, type OpenRunOptions, openRun } from "./open_run.js";
import { planOf } from "./play_plan.js";

export interface InspectOptions extends OpenRunOptions {
  /** Learns what the model is asked here; nothing is taken from it, for what is known would be timed wrong. */
  readonly memo?: ModelMemo | undefined;
  /** Ask the model for its answer and time a few batches. @default true, but of a model behind a server, which nobody asks unbidden */
  readonly cost?: boolean | undefined;
  /** What a server's owner charges for a million tokens. */
  readonly prices?: TokenPrices | undefined;
}

/** In any currency. */
export interface TokenPrices {
  readonly prompt: number;
  readonly answer: number;
}

const ROLE_NAMES = { [Role.USER]: "user", [Role.ASSISTANT]: "assistant", [Role.SYSTEM]: "system" } as const;

/** Coalitions that tell how long the others will take. */
const FIRST = 8;
/** Timing takes about this long at most, or this part of the run if that is more. */
const TIMING_SECONDS = 3;
const TIMING_SHARE = 0.05;
/** Coalitions of one timed batch, and how many batches are timed after one that only warms up. */
const BATCH = 64;
const BATCHES = 3;
/** Where that took less, larger batches are timed too: a fast model in the run meets fuller ones, and shares more of them. */
const ENOUGH_SECONDS = 1;
/** About how long these may take, and how many times as large they are at most. */
const LARGER_SECONDS = 4;
const LARGER = 16;
/** Coalitions whose masked chats are counted. */
const SAMPLED = 1024;
const NO_PAYOFFS = new Float64Array(0);

/** @throws SpecError, ConnectorError or BudgetError, as `explain` would. */
export async function inspect(request: ExplainRequest, options: InspectOptions = {}): Promise<Inspection> {
  return await withSignal(options.signal, () => inspectOne(request, options));
}

async function inspectOne(request: ExplainRequest, options: InspectOptions): Promise<Inspection> {
  const served = request.paths.repo.kind === "served";
  const asks = options.cost ?? !served;
  await using run = await openRun(request, {
    ...options,
    contact: asks,
    memo: options.memo === undefined ? undefined : learning(options.memo),
  });
  const { model, chat, players, context, given } = run;
  const owners = ownersOf(players, chat.inputTokensNum);
  const { cost, text } = asks ? await predict(run) : { cost: served ? estimate(run, options.prices) : null, text: given?.text ?? null };
  const tokens = chat.tokenTexts.map((token, position) => ({
    position,
    turn: int32At(chat.tokenTurns, position),
    role: ROLE_NAMES[chat.tokenRoles[position] as Role],
    text: token,
    player: owners[position] ?? null,
  }));
  const joints = chat.tokenisationJoints ?? [];
  return {
    model: { ...model.identity, repo: request.spec.model.repo },
    plan: model.usage.plan,
    context,
    tokens,
    players,
    answer: text,
    joints,
    cost,
  };
}

/** Index of each token's player, null = none. */
function ownersOf(players: readonly Player[], tokens: number): readonly (number | null)[] {
  const owners = new Array<number | null>(tokens).fill(null);
  for (const player of players) for (const token of player.tokens) owners[token] = player.index;
  return owners;
}

async function predict(run: OpenRun): Promise<{ readonly cost: PredictedCost; readonly text: string }> {
  const { chat, players, groupIds, options } = run;
  const { masked } = chat.playable(groupIds);
  const plan = planOf(run);
  const { game, target } = await run.openGame();
  const rng = createRng(run.request.spec.explain.seed);
  const { count, sample } = draw(plan.method, players.length, plan.budget, rng, BATCH * (BATCHES + 1) * LARGER);
  const share = new Set(sample.map((coalition) => masked(coalition).fingerprint)).size / Math.max(1, sample.length);
  options.onEvent?.({ kind: "log", message: `timing a few of ${count} coalitions` });
  const { perCoalition, timed } = await time(game, sample, count, options);
  const cost: PredictedCost = {
    sampler: plan.definition.name,
    coalitions: count,
    distinctInputs: Math.round(2 + (count - 2) * share),
    seconds: perCoalition * count,
    timed,
    served: null,
  };
  return { cost, text: target.text };
}

/**
 * What explaining would send a server, estimated without asking it; null of a model that runs here.
 * @throws as `inspect`.
 */
export async function servedCost(request: ExplainRequest, options: InspectOptions = {}): Promise<ServedCost | null> {
  if (request.paths.repo.kind !== "served") return null;
  return await withSignal(options.signal, async () => {
    await using run = await openRun(request, { ...options, contact: false });
    return estimate(run, options.prices).served;
  });
}

/** What explaining would send a server, told by the masked chats alone. */
function estimate(run: OpenRun, prices: TokenPrices | undefined): PredictedCost {
  const { chat, players, groupIds, given, request, maxNewTokens } = run;
  const { masked } = chat.playable(groupIds);
  const plan = planOf(run);
  const rng = createRng(request.spec.explain.seed);
  const { count, sample } = draw(plan.method, players.length, plan.budget, rng, SAMPLED);
  const chats = sample.map((coalition) => masked(coalition));
  const distinct = new Map(chats.map((one) => [one.fingerprint, one.inputTokensNum]));
  const share = distinct.size / Math.max(1, chats.length);
  const distinctInputs = Math.round(2 + (count - 2) * share);
  const mean = sum(distinct.values()) / Math.max(1, distinct.size);
  const answer = given?.generatedModalityFlag.length ?? maxNewTokens;
  const scored = PAYOFFS[request.spec.explain.payoff.kind].asks === "scores";
  // An answer that is scored goes out with its prompt, and first had to come in where it is not given.
  const promptTokens = Math.round(distinctInputs * (mean + (scored ? answer : 0)));
  const answerTokens = scored ? (given === null ? answer : 0) : distinctInputs * maxNewTokens;
  const price = prices === undefined ? null : (promptTokens * prices.prompt + answerTokens * prices.answer) / 1e6;
  const served = { promptTokens, answerTokens, unit: chat.textUnit ?? "token", price } as const;
  return { sampler: plan.definition.name, coalitions: count, distinctInputs, seconds: null, timed: 0, served };
}

/**
 * Counts the coalitions of a method and keeps a uniform sample of them (reservoir). An adaptive method is not asked for more than its
 * first round, whose budget it spends in full.
 */
function draw(method: Method<unknown>, n: number, budget: number, rng: Rng, size: number): { count: number; sample: readonly Coalition[] } {
  const sample: Coalition[] = [];
  const picks = rng.fork("calibration");
  let seen = 0;
  const rounds = method.sample(n, budget, rng.fork("sampler"));
  for (let round = rounds.next(NO_PAYOFFS); round.done !== true; round = rounds.next(NO_PAYOFFS)) {
    for (const coalition of round.value.coalitions) {
      seen += 1;
      const at = seen <= size ? seen - 1 : picks.int(seen);
      if (at < size) sample[at] = coalition;
    }
    if (method.adaptive) break;
  }
  return { count: method.adaptive ? budget : Math.min(budget, seen + 2), sample };
}

interface Timing {
  readonly perCoalition: number;
  readonly timed: number;
}

/**
 * Seconds a coalition, of a few coalitions of all sizes: of as few as there is time for where the model is slow, of more where they took no
 * time. None is asked twice: the game remembers.
 * @param count coalitions of the run.
 */
async function time(game: Game, sample: readonly Coalition[], count: number, run: RunOptions): Promise<Timing> {
  const sorted = sample
    .map((coalition) => ({ coalition, size: sizeOf(coalition) }))
    .sort((a, b) => a.size - b.size)
    .map(({ coalition }) => coalition);
  const middle = Math.max(0, Math.floor((sorted.length - FIRST) / 2));
  const first = await timeBatches(game, sorted.splice(middle, FIRST), run);
  const seconds = Math.max(TIMING_SECONDS, TIMING_SHARE * first.perCoalition * count);
  const affordable = Math.floor(seconds / first.perCoalition) - FIRST;
  if (sorted.length === 0 || affordable < FIRST) return first;
  if (affordable >= BATCH * (BATCHES + 1)) return await timeFast(game, sorted, run);
  const thin = Math.ceil(sorted.length / affordable);
  const few = sorted.filter((_, i) => i % thin === 0);
  // As full as they can be: a row of a fuller batch takes less. The first ones have warmed up.
  return await timeAll(game, cut(few, Math.max(1, Math.floor(few.length / BATCH))), run);
}

async function timeFast(game: Game, bySize: readonly Coalition[], run: RunOptions): Promise<Timing> {
  const stride = Math.max(1, Math.ceil(bySize.length / (BATCH * (BATCHES + 1))));
  const few = bySize.filter((_, i) => i % stride === 0);
  const others = bySize.filter((_, i) => i % stride !== 0);
  const short = await timeBatches(game, few, run);
  if (short.perCoalition * short.timed >= ENOUGH_SECONDS || others.length === 0) return short;
  const thin = Math.max(1, Math.ceil((others.length * short.perCoalition) / LARGER_SECONDS));
  return await timeBatches(
    game,
    others.filter((_, i) => i % thin === 0),
    run,
  );
}

/**
 * Batches hold coalitions of about one size: the run itself meets so many of each that the model works in full batches.
 * One from the middle warms up and does not count, unless it is the only one.
 */
async function timeBatches(game: Game, bySize: readonly Coalition[], run: RunOptions): Promise<Timing> {
  const batches = cut(bySize, BATCHES + 1);
  for (const batch of batches.length > 1 ? batches.splice(1, 1) : []) await game.evaluate(batch, { signal: run.signal });
  return await timeAll(game, batches, run);
}

/** Consecutive parts, so many at most, all but the last of one size. */
function cut(coalitions: readonly Coalition[], parts: number): (readonly Coalition[])[] {
  const size = Math.max(1, Math.ceil(coalitions.length / parts));
  return Array.from({ length: Math.ceil(coalitions.length / size) }, (_, i) => coalitions.slice(i * size, (i + 1) * size));
}

async function timeAll(game: Game, batches: readonly (readonly Coalition[])[], run: RunOptions): Promise<Timing> {
  const started = performance.now();
  for (const batch of batches) await game.evaluate(batch, { signal: run.signal });
  const timed = batches.reduce((sum, batch) => sum + batch.length, 0);
  return { perCoalition: timed === 0 ? 0 : (performance.now() - started) / 1000 / timed, timed };
}
