import { SpecError } from "../errors.js";
import type { RunOptions } from "../events.js";
import { recordedGame } from "../game/conversation_game.js";
import type { GameRecording } from "../game/recording.js";
import type { Game } from "../game/types.js";
import type { AskedForEmbeddings } from "../payoffs/payoff.js";
import { createPayoff, PAYOFFS, type PayoffChoice } from "../payoffs/registry.js";
import type { Payoff } from "../payoffs/types.js";
import { parseRef, servedName } from "../repos/ref.js";
import type { ModelIdentity, Resources } from "../repos/resources.js";
import { buildResult } from "../results/build_result.js";
import { type ReadRecording, type Recording, readRecording } from "../results/recording.js";
import type { Result } from "../results/result_schema.js";
import type { ValuedGame } from "../results/valued_game.js";
import { NORMALIZERS } from "../shapley/normalizers.js";
import { problemsOf } from "../spec/issues.js";
import type { PayoffCommand } from "../spec/request.js";
import { type Spec, type SpecInput, SpecSchema } from "../spec/schema.js";
import { createClosing } from "../util/closing.js";
import { VERSION } from "../version.js";
import { contrastOf, type Explained, explainedSteps, requireSteps } from "./explained_steps.js";
import { answerUnits } from "./outputs.js";
import { payoffHelpers } from "./payoff_helpers.js";
import { planOf, playPlan } from "./play_plan.js";
import { collectWarnings } from "./warnings.js";

type ExplainInput = NonNullable<SpecInput["explain"]>;

/** Keys of a spec's `explain` that change nothing of what the model was asked. */
export const RESCORED = [
  "sampler",
  "budget",
  "tolerance",
  "confidence",
  "payoff",
  "normalizer",
  "seed",
  "interactions",
  "outputs",
  "target",
  "top",
  "trace",
] as const satisfies readonly (keyof ExplainInput)[];

/** What may be asked of a recording, as a spec's `explain` says it. What is not given stays as it was. */
export type RescoreSettings = Pick<ExplainInput, (typeof RESCORED)[number]>;

export interface RescoreOptions extends Resources {
  /** Where the encoder lies that a payoff names: a name that means the same everywhere. @default embedded, an absolute folder, or a hub id */
  readonly locateEncoder?: ((repo: string) => Promise<string>) | undefined;
  /** Told of all coalitions that were recorded and what each is worth now, once the result is there. */
  readonly onGame?: ((game: ValuedGame) => void | Promise<void>) | undefined;
  /** Scores the recorded answers instead of `payoff`. A recording of such scores has its answers only: the program is to be given again. */
  readonly payoffCommand?: PayoffCommand | undefined;
}

/**
 * Explains a recorded conversation again, with other settings, without its model: with the same ones the result is the same, but for its `run`.
 * @param recorded as `onRecording` of `explain` was told it, or read from JSON.
 * @throws SpecError where it is no recording or a setting means nothing, ExplainError where the settings ask for what was not recorded.
 */
export async function rescore(recorded: unknown, settings: RescoreSettings = {}, options: RescoreOptions = {}): Promise<Result> {
  const started = performance.now();
  const { recording, ...read } = readRecording(recorded);
  const { spec, given } = specOf(recording, settings);
  const { path, sha256 } = recording.spec;
  const frameSeconds = recording.target.frame_seconds ?? null;
  const closing = createClosing();
  try {
    const { options: run, warnings } = collectWarnings(options, recording.warnings);
    const choice = choiceOf(recording, spec, settings, options);
    const helpers = payoffHelpers(spec, {
      locate: options.locateEncoder ?? ((repo) => encoderNamed(repo, recording)),
      resources: { ...options, ...run },
      closeLater: closing.add,
    });
    const payoff = await createPayoff(choice, { model: withoutModel(read.model), ...helpers });
    requireSteps(spec.explain, choice);
    const facts = factsOf(recording, read);
    const all = { answer: facts.target, tokens: facts.targetTokens, frameSeconds };
    const contrast = recordedContrast(recording, read.game, spec, payoff);
    const steps = contrast === null ? explainedSteps(all, spec.explain) : { ...all, span: contrast.span };
    const game = recordedGame(read.game, payoff, steps.span, contrast ?? undefined);
    const planned = { request: { spec, given }, players: read.players, tree: () => recording.tree, options: run };
    const plan = planOf(planned);
    const units = answerUnits(game, steps, spec, run);
    const { outcome, players, interactions } = await playPlan(game, plan, planned, units);
    const stats = game.stats();
    const result = buildResult({
      ...facts,
      span: steps.span ?? null,
      contrast,
      request: { spec, source: { path, sha256 } },
      encoder: helpers.identity(),
      plan,
      payoff: choice.kind,
      outcome,
      stats,
      players,
      interactions,
      outputs: outcome.spans && { units, estimates: outcome.spans },
      normalized: NORMALIZERS[spec.explain.normalizer].apply(outcome.estimate.values),
      warnings: [...warnings, ...stats.warnings],
      run: {
        seconds: (performance.now() - started) / 1000,
        model_calls: 0,
        memo_hits: stats.memoHits,
        tokens: 0,
        passes: 0,
        plan: "recorded answers",
      },
    });
    await options.onGame?.(await valuedGame(game, read, result, run));
    return result;
  } finally {
    await closing.close();
  }
}

/** Payoffs that learn from other answers have learned from the explanation's before. */
async function valuedGame(
  game: Game,
  { game: recorded, players }: ReadRecording,
  { payoff }: Result,
  run: RunOptions,
): Promise<ValuedGame> {
  const { coalitions } = recorded.asked;
  return {
    name: recorded.target.text,
    playerNames: players.map(({ text }) => text),
    players: players.length,
    empty: payoff.empty,
    coalitions,
    payoffs: await game.evaluate(coalitions, run),
  };
}

function factsOf({ inputs, runtime, target }: Recording, { game, chat, model, aligner }: ReadRecording) {
  return { toolVersion: VERSION, runtime, inputs, model, aligner, chat, target: game.target, targetTokens: target.tokens };
}

function specOf(recording: Recording, settings: RescoreSettings): { readonly spec: Spec; readonly given: ReadonlySet<string> } {
  const asked = Object.entries(settings).filter(([, value]) => value !== undefined);
  const resolved = recording.spec.resolved as { readonly explain?: object };
  const input = { ...resolved, explain: { ...resolved.explain, ...Object.fromEntries(asked) } };
  const parsed = SpecSchema.safeParse(input);
  if (!parsed.success) {
    const [problem] = problemsOf(parsed.error.issues, input);
    throw new SpecError(`rescore: ${problem?.message ?? "these settings mean nothing"}`, { cause: parsed.error });
  }
  return { spec: parsed.data, given: new Set([...recording.given, ...asked.map(([key]) => `explain.${key}`)]) };
}

function choiceOf(recording: Recording, spec: Spec, settings: RescoreSettings, { payoffCommand }: RescoreOptions): PayoffChoice {
  const { name } = PAYOFFS.command;
  if (payoffCommand !== undefined) return { kind: name, ...payoffCommand };
  if (recording.payoff === name && settings.payoff === undefined)
    throw new SpecError("the recorded payoff is a program's, which is not in the recording: give payoffCommand or another payoff");
  return spec.explain.payoff;
}

/** @throws SpecError where another foil was recorded, or none. */
function recordedContrast({ spec: { resolved } }: Recording, { foil }: GameRecording, spec: Spec, payoff: Payoff): Explained["contrast"] {
  const contrast = contrastOf(payoff);
  if (contrast === null) return null;
  const { payoff: recorded, target } = (resolved as Spec).explain;
  const same = "foil" in recorded && recorded.foil === contrast.foil && JSON.stringify(target) === JSON.stringify(spec.explain.target);
  if (foil !== undefined && same) return { ...contrast, ...foil };
  const asked = spec.explain.target === null ? "" : " in place of this target";
  throw new SpecError(
    `the recording holds no log-probabilities of the foil ${JSON.stringify(contrast.foil)}${asked}: only the model can give them`,
  );
}

/** The recorded encoder where it is the one asked for; else a name that means the same everywhere. */
function encoderNamed(repo: string, { encoder, spec }: Recording): string {
  const { payoff } = (spec.resolved as Spec).explain;
  if (encoder !== null && PAYOFFS[payoff.kind].helper(payoff)?.repo === repo) return encoder.repo;
  if (parseRef(repo) === null && servedName(repo) === null)
    throw new SpecError(`the encoder ${JSON.stringify(repo)} must be embedded:NAME, an absolute folder, a hub id, or server:NAME`);
  return repo;
}

function withoutModel(identity: ModelIdentity): AskedForEmbeddings {
  const refuse = (): never => {
    throw new SpecError("a recording has no model that could embed answers: name a sentence encoder as the source of embeddings");
  };
  return { identity, can: { score: true }, getStaticEmbeddings: refuse, getContextualEmbeddings: refuse, diverge: refuse };
}
