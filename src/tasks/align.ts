import { type AlignerOptions, SpectrogramGuidedAligner } from "../alignment/aligner.js";
import { type DecodedAudio, decodeAudio } from "../audio/files/decode.js";
import { AudioError } from "../errors.js";
import type { RunEvent, RunOptions } from "../events.js";
import type { Alignment } from "../results/alignment.js";
import { sha256 } from "../util/sha256.js";

export interface AlignRequest {
  /** The audio file's content. */
  readonly audio: Uint8Array;
  /** As it shall stand in the result; null for bytes without a name. */
  readonly path: string | null;
  /** One string (its words are the units) or the units themselves. */
  readonly transcript: string | readonly string[];
  readonly aligner?: AlignerOptions;
}

/**
 * Finds where each unit of a transcript is said in a clip.
 *
 * @throws AudioError for a file that cannot be read; ConnectorError for a transcript that does not fit it or a model that cannot be used.
 */
export async function align(request: AlignRequest, run: RunOptions = {}): Promise<Alignment> {
  const options = request.aligner ?? {};
  const decoded = await decode(request);
  const warnings: string[] = [];
  const onEvent = (event: RunEvent): void => {
    if (event.kind === "warning") warnings.push(event.message);
    run.onEvent?.(event);
  };
  for (const message of decoded.notes) onEvent({ kind: "warning", message });
  const aligner = new SpectrogramGuidedAligner({ ...options, onEvent });
  try {
    const clip = { waveform: decoded.samples, originalSampleRate: decoded.sampleRate };
    const segments = await aligner.align(clip, request.transcript, undefined, { ...run, onEvent });
    return {
      audio: {
        path: request.path,
        sha256: sha256(request.audio),
        seconds: decoded.samples.length / decoded.sampleRate,
        decoder: decoded.decoder,
      },
      model: aligner.modelName,
      boundaryRule: aligner.boundaryRule,
      segments: segments.map(({ token, startTime, endTime, confidence, boundaryRefined }) => ({
        token,
        startS: startTime,
        endS: endTime,
        confidence,
        boundaryRefined,
      })),
      warnings,
      waveform: { samples: decoded.samples, sampleRate: decoded.sampleRate },
    };
  } finally {
    await aligner.dispose();
  }
}

/** What is wrong with a file is said with its name. */
async function decode({ audio, path, aligner }: AlignRequest): Promise<DecodedAudio> {
  try {
    return await decodeAudio(audio, { ffmpegPath: aligner?.ffmpegPath, name: path ?? undefined });
  } catch (error) {
    if (!(error instanceof AudioError) || path === null) throw error;
    throw new AudioError(`${path}: ${error.message}`, { cause: error });
  }
}
