import type { DecoderEngine } from "../../../../decoding/engine.js";
import type { Embed } from "../../../../decoding/graph.js";
import { logProbability } from "../../../../decoding/sampling.js";
import type { ForcedChunk } from "../../../../decoding/score.js";
import { ConnectorError } from "../../../../errors.js";
import { float64At, int32At } from "../../../../util/elements.js";
import type { Depthformer } from "./depthformer.js";
import type { ResponseStep } from "./response.js";
import { END_OF_AUDIO } from "./tokens.js";

export interface StepScoring {
  readonly steps: readonly ResponseStep[];
  /** What each step is fed as. */
  readonly ids: Int32Array;
  /** Needed where a step is a frame. */
  readonly depthformer: () => Promise<Depthformer>;
  readonly sharedPrefix: number | null;
  readonly branch?: number | null | undefined;
  /** Rows of the prompts' and the steps' ids. */
  readonly embed: Embed;
  readonly signal?: AbortSignal | undefined;
  readonly onResult?: ((request: number, logProbabilities: Float64Array) => void) | undefined;
}

/**
 * Natural log-probability of every step after each prompt, teacher-forced: of a token that of its id, of a frame the sum
 * over its codes, each given those before it. The frame that ends the sound is decided by its first code alone.
 */
export async function scoreSteps(
  engine: DecoderEngine,
  prompts: readonly Int32Array[],
  options: StepScoring,
): Promise<readonly Float64Array[]> {
  const { steps, ids } = options;
  const scores = prompts.map(() => new Float64Array(steps.length));
  const done = (request: number): void => options.onResult?.(request, scores[request] as Float64Array);
  if (steps.length === 0) {
    for (const request of scores.keys()) done(request);
    return scores;
  }
  const speaks = steps.some(({ kind }) => kind === "frame");
  if (speaks && !engine.hasHidden)
    throw new ConnectorError("spoken answers cannot be scored: the decoder gives no `hidden_states` to speak from");
  const depthformer = speaks ? await options.depthformer() : null;
  await engine.force(prompts, {
    continuation: ids.subarray(0, ids.length - 1),
    sharedPrefix: options.sharedPrefix,
    branch: options.branch,
    wantHidden: speaks,
    embed: options.embed,
    signal: options.signal,
    visit: async (chunk) => {
      scoreTokens(chunk, steps, scores);
      if (depthformer !== null) await scoreFrames(chunk, steps, scores, depthformer);
    },
    onDone: done,
  });
  return scores;
}

function scoreTokens(
  { requests, first, count, logits, vocabulary, at }: ForcedChunk,
  steps: readonly ResponseStep[],
  scores: readonly Float64Array[],
): void {
  requests.forEach((request, row) => {
    for (let t = 0; t < count; t++) {
      const step = steps[first + t];
      if (step?.kind !== "text") continue;
      (scores[request] as Float64Array)[first + t] = logProbability(logits, at(row, t) * vocabulary, vocabulary, step.id);
    }
  });
}

async function scoreFrames(
  { requests, first, count, logits: vectors, vocabulary, hidden, at: vectorAt }: ForcedChunk,
  steps: readonly ResponseStep[],
  scores: readonly Float64Array[],
  depthformer: Depthformer,
): Promise<void> {
  if (hidden === null) throw new ConnectorError("the decoder gave no hidden states for the frames of the answer");
  // As many vectors as there are of logits.
  const width = hidden.length / (vectors.length / vocabulary);
  const wanted = requests.flatMap((request, row) =>
    Array.from({ length: count }, (_, t) => t).flatMap((t) => {
      const step = steps[first + t];
      return step?.kind === "frame" ? [{ request, step: first + t, at: vectorAt(row, t), codes: step.codes }] : [];
    }),
  );
  if (wanted.length === 0) return;
  const states = new Float32Array(wanted.length * width);
  wanted.forEach(({ at }, i) => {
    states.set(hidden.subarray(at * width, (at + 1) * width), i * width);
  });
  await depthformer.frames(states, wanted.length, (i, codebook, logits, start, size) => {
    const { request, step, codes } = wanted[i] as (typeof wanted)[number];
    const code = int32At(codes, codebook);
    const out = scores[request] as Float64Array;
    if (codebook === 0 || codes[0] !== END_OF_AUDIO) out[step] = float64At(out, step) + logProbability(logits, start, size, code);
    return code;
  });
}
