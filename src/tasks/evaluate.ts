import type { Chat } from "../chat/types.js";
import type { Model } from "../connectors/types.js";
import { ExplainError, SpecError } from "../errors.js";
import { evaluateFaithfulness, RANKINGS } from "../game/faithfulness.js";
import { PAYOFFS } from "../payoffs/registry.js";
import { createRng } from "../random.js";
import { fileSha256 } from "../repos/local_files.js";
import type { ModelIdentity } from "../repos/resources.js";
import { sameWeights } from "../repos/server_identity.js";
import { tokensAsked } from "../results/answer_entries.js";
import { buildEvaluation, type Evaluation } from "../results/evaluation.js";
import type { Result } from "../results/result_schema.js";
import { isSoundName } from "../spec/foreign/sounds.js";
import { type RequestOptions, requestOf } from "../spec/load.js";
import type { ExplainRequest } from "../spec/request.js";
import type { SpecInput } from "../spec/schema.js";
import { withSignal } from "../util/abort.js";
import { rowNamed } from "../util/registry.js";
import { VERSION } from "../version.js";
import { type OpenGame, type OpenRunOptions, openRun } from "./open_run.js";

/** The key by which another payoff is asked for than was explained. */
const PAYOFF = "explain.payoff";

export interface EvaluateOptions extends OpenRunOptions {
  /** Random rankings to compare with, at least 2. @default 100 */
  readonly rankings?: number | undefined;
}

/**
 * The request that a result came from.
 * @param folder absolute folder that the spec's relative paths start from.
 * @throws SpecError where the result does not hold its conversation, or a file is not what it was.
 */
export async function requestOfResult(result: Result, folder: string, options: RequestOptions = {}): Promise<ExplainRequest> {
  if (result.conversation.every((turn) => turn.every(({ content }) => content.every((text) => text === "")))) {
    throw new SpecError("the result holds no texts (--redact), so that the model cannot be asked about them again");
  }
  const request = await requestOf(result.spec.resolved as SpecInput, folder, options).catch((cause: unknown) => {
    throw explained(cause, result);
  });
  for (const path of request.paths.audio.keys()) {
    if (!result.inputs.some((input) => input.path === path)) throw new SpecError(`the result does not say what ${path} was (inputs)`);
  }
  for (const { path, sha256 } of result.inputs) {
    const file = request.paths.audio.get(path);
    if (file !== undefined && (await fileSha256(file)) !== sha256) {
      throw new SpecError(`${path} is not the file that was explained: its SHA-256 is another one than in the result`);
    }
  }
  const flag = rowNamed(PAYOFFS, result.explainer.payoff)?.flag ?? null;
  const another = options.overrides?.some(({ path }) => path.join(".") === PAYOFF) === true;
  if (flag !== null && request.policy.payoffCommand === null && !another) {
    throw new SpecError(`the result's payoff is a program's, which is not in the result: give it again with ${flag}`);
  }
  return request;
}

/** Results hold no sound, so that what stood in the conversation itself is not there any more. */
function explained(cause: unknown, { inputs }: Result): unknown {
  const lost = inputs.find(({ path }) => isSoundName(path) && cause instanceof SpecError && cause.message.includes(path));
  if (lost === undefined) return cause;
  return new SpecError(
    `${lost.path}: stood in the conversation as base64, which a result does not hold: save the sound in the result's folder under that name`,
    { cause },
  );
}

/**
 * How faithful an explanation is to its model: what becomes of the request's payoff, which may be another than the explained one, when
 * players enter or leave in its order.
 * @throws SpecError where the model's files are not those of the result, ExplainError where its answer or its tokens are others now.
 */
export async function evaluate(result: Result, request: ExplainRequest, options: EvaluateOptions = {}): Promise<Evaluation> {
  return await withSignal(options.signal, () => evaluateOne(result, request, options));
}

async function evaluateOne(result: Result, request: ExplainRequest, options: EvaluateOptions): Promise<Evaluation> {
  const started = performance.now();
  await using run = await openRun(request, options, ({ identity }) => requireSameModel(result, identity));
  const groupIds = playersOf(result, run.chat);
  if (result.aligner !== undefined && run.aligner !== null) requireSameFiles("aligner", result.aligner.sha256, run.aligner.sha256);
  const opened = await run.openGame(groupIds);
  requireSameAnswer(result, run.model, opened);
  if (result.encoder !== undefined && opened.encoder !== null && isSamePayoff(result, request)) {
    requireSameFiles("encoder", result.encoder.sha256, opened.encoder.sha256);
  }
  const { confidence, seed } = request.spec.explain;
  const values = Float64Array.from(result.players, ({ value }) => value);
  const rng = createRng(seed).fork("evaluate");
  const rankings = options.rankings ?? RANKINGS;
  const faithfulness = await evaluateFaithfulness(opened.game, values, { ...run.options, rankings, confidence, rng });
  const { memoHits } = opened.game.stats();
  const spent = { seconds: (performance.now() - started) / 1000, model_calls: run.usage().calls, memo_hits: memoHits };
  return buildEvaluation({ toolVersion: VERSION, result, payoff: opened.choice.kind, faithfulness, confidence, seed, run: spent });
}

function requireSameModel({ model }: Result, identity: ModelIdentity): void {
  requireSameFiles("model", model.sha256, identity.sha256);
  const { server: before } = model;
  const { server: now } = identity;
  if (before === undefined || now === undefined || sameWeights(before, now)) return;
  throw new SpecError(
    `the model is not the one that was explained: ${now.origin} has other weights under the name ${model.repo} than ${before.kind} had (a fixed text is otherwise probable)`,
  );
}

function requireSameFiles(what: string, before: Readonly<Record<string, string>>, now: Readonly<Record<string, string>>): void {
  const changed = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort().find((path) => before[path] !== now[path]);
  if (changed === undefined) return;
  const how = now[changed] === undefined ? "is missing" : before[changed] === undefined ? "was not there" : "has another SHA-256";
  throw new SpecError(`the ${what} is not the one that was explained: ${changed} ${how}`);
}

/** Group ids of the result's players on the same tokens: where unions were left whole, they are the players. */
function playersOf(result: Result, chat: Chat): Int32Array {
  const groups = new Int32Array(chat.inputTokensNum);
  for (const { index, tokens } of result.players) {
    for (const token of tokens) {
      if (token >= groups.length) throw new ExplainError(`the result's player ${index} has token ${token}; there are ${groups.length} now`);
      groups[token] = index + 1;
    }
  }
  const tokens = tokensAsked(result.conversation);
  if (tokens !== groups.length) throw new ExplainError(`the conversation has ${groups.length} tokens now, and ${tokens} in the result`);
  return groups;
}

function requireSameAnswer({ response }: Result, model: Model, { target }: OpenGame): void {
  const tokens = model.responseTokens(target);
  if (target.text !== response.text || tokens.join("\0") !== response.tokens.join("\0")) {
    throw new ExplainError(
      `the model now answers ${JSON.stringify(target.text)}, and the result explains ${JSON.stringify(response.text)}: nothing to compare`,
    );
  }
}

function isSamePayoff({ spec: { resolved } }: Result, { spec }: ExplainRequest): boolean {
  const { explain } = resolved as { readonly explain?: { readonly payoff?: unknown } };
  return JSON.stringify(explain?.payoff) === JSON.stringify(spec.explain.payoff);
}
