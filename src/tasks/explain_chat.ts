import type { z } from "zod";
import { extendTo } from "../chat/masks.js";
import type { ModelResponse } from "../chat/model_response.js";
import type { PlayableChat } from "../chat/types.js";
import { BaseMllmChat } from "../compat/chat.js";
import { ExplainerCache } from "../compat/explainer_cache.js";
import { generationOf } from "../connectors/generation.js";
import type { GenerateOptions, Model } from "../connectors/types.js";
import { ConnectorError, ExplainError, SpecError } from "../errors.js";
import type { RunOptions } from "../events.js";
import { type Outcome, play } from "../game/play.js";
import { type Asked, responseQuestion } from "../game/questions.js";
import { stopOf } from "../game/stop.js";
import type { Coalition, Estimate } from "../game/types.js";
import { type ModelMemo, memoryMemo } from "../memo/memory.js";
import { createPayoff } from "../payoffs/registry.js";
import { joinedText } from "../players/players.js";
import { createRng } from "../random.js";
import { coalitionsOf } from "../shapley/budget.js";
import { NORMALIZERS } from "../shapley/normalizers.js";
import { planMethod } from "../shapley/plan.js";
import { ExplainSchema } from "../spec/schema/explain.js";
import { maxOf } from "../util/arrays.js";
import { requireSteps } from "./explained_steps.js";
import { shareOf } from "./model_share.js";
import { openGame } from "./open_game.js";

const Settings = ExplainSchema.pick({
  sampler: true,
  budget: true,
  tolerance: true,
  confidence: true,
  payoff: true,
  target: true,
  normalizer: true,
  seed: true,
});

/** Settings have the names, values and defaults of a spec's `explain`. */
export interface ExplainChatOptions extends z.input<typeof Settings>, Pick<GenerateOptions, "maxNewTokens" | "modelConfig">, RunOptions {
  /** The answer to explain, or its text. @default what the model answers */
  readonly response?: ModelResponse | string | undefined;
  /** What is known of the model's answers; it learns the new ones. @default one that lives as long as the call */
  readonly memo?: ModelMemo | undefined;
}

export interface ExplainedChat {
  /** The same object as `chat.cache`. */
  readonly cache: ExplainerCache;
  /** The answer that was explained. */
  readonly response: ModelResponse;
  /** Values a player, in order of the chat's players, with their errors. */
  readonly estimate: Estimate;
  /** Payoff units. */
  readonly payoff: { readonly full: number; readonly empty: number };
  readonly stoppedBy: Outcome["stoppedBy"];
}

/**
 * Explains the model's answer to a chat made by hand, and leaves the values on it (`chat.cache`, which `getConversation` shows). Players are those of the chat:
 * its `externalGroupIds`, else the tokens of its `shapValuesMask`. The assistant's turn is opened as `generate` opens it.
 * @throws ConnectorError where the chat cannot be answered or changes meanwhile, SpecError on a setting that means nothing, ExplainError where it has no players,
 * BudgetError where the sampler cannot be played with the budget.
 */
export async function explainChat(model: Model, chat: BaseMllmChat, options: ExplainChatOptions = {}): Promise<ExplainedChat> {
  if (!(chat instanceof BaseMllmChat)) throw new ConnectorError("only a chat that a model made (getNewChat, buildChat) can be explained");
  const settings = settingsOf(options);
  const { maxNewTokens, modelConfig } = generationOf({ maxNewTokens: options.maxNewTokens, modelConfig: options.modelConfig });
  const run: RunOptions = { signal: options.signal, onEvent: options.onEvent };
  const { played, groupIds } = playedChat(chat);
  const { fingerprint } = chat;
  const memo = options.memo ?? memoryMemo();
  const share = shareOf(model).model;
  const asked: Asked = { model: share, generate: { maxNewTokens, modelConfig, seed: settings.seed }, memo, salt: historyOf(model) };
  requireSteps(settings, settings.payoff);
  const payoff = await createPayoff(settings.payoff, { model: share, ...NO_HELPERS });
  const given = typeof options.response === "string" ? model.encodeResponse(options.response) : (options.response ?? null);
  const { game, target: response } = await openGame({ asked, chat: played, groupIds, payoff, given, part: settings.target }, run);
  const plan = planMethod({
    sampler: settings.sampler,
    players: Math.max(1, game.players),
    budget: coalitionsOf(settings.budget, Math.max(1, game.players)),
    budgetGiven: options.budget !== undefined,
    options: { confidence: settings.confidence, texts: textsOf(played, groupIds) },
  });
  const outcome = await play(game, plan.method, {
    ...run,
    budget: plan.budget,
    rng: createRng(settings.seed).fork("sampler"),
    stop: stopOf(settings.tolerance),
  });
  if (chat.fingerprint !== fingerprint)
    throw new ConnectorError("the chat changed while it was explained: its values belong to no token any more");
  for (const message of game.stats().warnings) options.onEvent?.({ kind: "warning", message });
  const coalitions = distinctCoalitions(outcome, game.players);
  const responses = payoff.needs !== "responses" ? [response] : await answersTo(coalitions, played.playable(groupIds), asked);
  const cache = cacheOf(chat, {
    calculatedBy: plan.definition.name,
    coalitions,
    responses,
    values: outcome.estimate.values,
    normalizer: settings.normalizer,
  });
  chat.cache = cache;
  const { full, empty } = outcome.played;
  return { cache, response, estimate: outcome.estimate, payoff: { full, empty }, stoppedBy: outcome.stoppedBy };
}

function settingsOf(options: ExplainChatOptions): z.output<typeof Settings> {
  const given = Object.keys(Settings.shape).map((key) => [key, (options as Readonly<Record<string, unknown>>)[key]]);
  const parsed = Settings.safeParse(Object.fromEntries(given.filter(([, value]) => value !== undefined)));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new SpecError(`explainChat: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`, { cause: parsed.error });
}

/** The chat as it is fed, and the chat's players on it: tokens of the answer's opening are none. */
function playedChat(chat: BaseMllmChat): { readonly played: BaseMllmChat; readonly groupIds: Int32Array } {
  const played = chat.readyToAnswer().copy();
  const groupIds = extendTo(
    chat.playerOf.map((player) => player + 1),
    played.inputTokensNum,
    0,
  );
  if (groupIds.every((id) => id === 0)) throw new ExplainError("no token of this chat is a player: there is nothing to explain");
  return { played, groupIds };
}

/** What each player says, as far as that is known. */
function textsOf(chat: BaseMllmChat, groupIds: Int32Array): readonly string[] {
  const tokens = Array.from({ length: maxOf(groupIds) }, (): number[] => []);
  for (const [token, id] of groupIds.entries()) tokens[id - 1]?.push(token);
  return tokens.map((group) => joinedText(chat, group));
}

/** Answers of one model differ by what its history holds. */
function historyOf(model: Model): string {
  return "historyTrackingMode" in model ? String(model.historyTrackingMode) : "";
}

async function refuseHelper(source: string): Promise<never> {
  throw new SpecError(
    `explainChat compares answers by the model's own embeddings (static, contextual), not by "${source}": a spec (explain) can name a model for that`,
  );
}

const NO_HELPERS = { loadEncoder: refuseHelper, loadCrossEncoder: refuseHelper, loadJudge: refuseHelper, conversation: () => "" };

/** All coalitions that were played, each once: everyone first, then nobody. */
function distinctCoalitions({ played }: Outcome, players: number): readonly Coalition[] {
  const ends = [new Uint8Array(players).fill(1), new Uint8Array(players)];
  const all = [...ends, ...played.rounds.flatMap(({ coalitions }) => coalitions)];
  return [...new Map(all.map((coalition) => [coalition.join(""), coalition])).values()];
}

async function answersTo(coalitions: readonly Coalition[], { masked }: PlayableChat, asked: Asked): Promise<readonly ModelResponse[]> {
  const { key, memo } = responseQuestion(asked);
  return await Promise.all(coalitions.map(async (coalition) => (await memo.get(key(masked(coalition)))) as ModelResponse));
}

interface Found {
  readonly calculatedBy: string;
  readonly coalitions: readonly Coalition[];
  readonly responses: readonly ModelResponse[];
  /** One a player. */
  readonly values: Float64Array;
  readonly normalizer: keyof typeof NORMALIZERS;
}

function cacheOf(chat: BaseMllmChat, { calculatedBy, coalitions, responses, values, normalizer }: Found): ExplainerCache {
  const owners = chat.playerOf;
  const byToken = (ofPlayers: Float64Array): Float64Array => Float64Array.from(owners, (player) => ofPlayers[player] ?? Number.NaN);
  return ExplainerCache.create({
    calculatedBy,
    chat,
    responses,
    masks: coalitions.map((coalition) => Uint8Array.from(owners, (player) => coalition[player] ?? 1)),
    shapValuesMask: Uint8Array.from(owners, (player) => (player < 0 ? 0 : 1)),
    values: byToken(values),
    normalizedValues: byToken(NORMALIZERS[normalizer].apply(values)),
    hadDifferentMasks: chat.externalGroupIds !== null || chat.externalShapValuesMask !== null,
  });
}
