import type { FrontEnd } from "../../audio/front_ends/front_end.js";
import type { Mel } from "../../audio/front_ends/mel.js";
import type { SessionOptions } from "../../onnx/session.js";
import type { CheckRow } from "../check_row.js";
import { openGraph } from "./check_graph.js";
import { ClipEncoder, type EncoderShape, type Encoding } from "./clip_encoder.js";
import type { EncoderInput } from "./encoder_input.js";
import type { GraphChoice } from "./graph_files.js";

/** An encoder, and what it hears with. */
export interface EncoderChecked {
  readonly folder: string;
  readonly encoder: GraphChoice | null;
  /** Width of the decoder's embeddings; null where the configuration does not say. */
  readonly hidden: number | null;
  readonly sessions: SessionOptions;
  /** Clips of these lengths are tried, in frames, besides all of `wave`. */
  readonly lengths: readonly number[];
  readonly wave: Float32Array;
  /** @param encoder which graph it is, for families that ask it. */
  heard(encoder: () => Promise<ClipEncoder>): { readonly encoderInput: EncoderInput; readonly shape: EncoderShape };
}

/** Rows that clips of several lengths give, against the family's law, and what encoding one costs. */
export async function checkClipEncoder(checked: EncoderChecked): Promise<readonly CheckRow[]> {
  const { folder, encoder: graph, sessions } = checked;
  if (graph === null) return [{ check: "audio encoder", found: "", status: "skipped", detail: "not there: the model cannot hear" }];
  const open = await openGraph(folder, graph.path, sessions);
  try {
    let made: ClipEncoder | null = null;
    const { encoderInput, shape } = checked.heard(async () => made as ClipEncoder);
    made = new ClipEncoder(open, shape, 0, { passes: 0 });
    await encoderInput.ready?.();
    const whole = await encoderInput.frontEnd.features(checked.wave);
    const shorter = shape.wholePieces === true ? [] : checked.lengths.filter((frames) => frames < whole.frames);
    const lengths = [whole.frames, ...shorter];
    const encodings: Encoding[] = [];
    for (const frames of lengths) encodings.push(await made.run(cut(whole, frames)));
    const finite = encodings.every(({ data }) => data.every(Number.isFinite));
    const fits = encodings.every(({ hidden }) => hidden === (checked.hidden ?? hidden));
    const cost = await costOfClip(made, encoderInput.frontEnd, checked.wave);
    return [
      {
        check: "audio encoder",
        found: `${graph.path}, rows of ${encodings[0]?.hidden ?? 0}`,
        status: finite && fits ? "passed" : "failed",
        detail: `${lengths.map((frames, i) => `${frames} frames → ${encodings[i]?.rows} rows`).join(", ")}; ${finite ? "finite" : "not all finite"}${fits ? "" : `; the decoder takes rows of ${checked.hidden}`}`,
      },
      cost,
    ];
  } finally {
    await open.session.release();
  }
}

function cut({ bins, data }: Mel, frames: number): Mel {
  return { bins, frames, data: data.slice(0, frames * bins) };
}

/** What a masked clip costs, which is timed once all is warm: most of an explanation of speech, where the encoder is large. */
async function costOfClip(encoder: ClipEncoder, frontEnd: FrontEnd, wave: Float32Array): Promise<CheckRow> {
  const start = performance.now();
  const features = await frontEnd.features(wave);
  const heard = performance.now();
  const { rows } = await encoder.run(features);
  const [front, graph] = [heard - start, performance.now() - heard].map((ms) => `${ms.toFixed(0)} ms`);
  return {
    check: "cost of a clip",
    found: `${(wave.length / frontEnd.rate).toFixed(1)} s: ${rows} positions, ${front} for features, ${graph} to encode`,
    status: "passed",
    detail: "each masked clip is encoded once under drop and silence, the whole clip alone under embedding",
  };
}
