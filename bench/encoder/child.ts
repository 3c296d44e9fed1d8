import { ClipEncoder } from "../../src/connectors/speech/clip_encoder.js";
import { lfm2Encoder } from "../../src/connectors/speech/families/lfm2/encoder_input.js";
import { openSession } from "../../src/onnx/session.js";
import { createRng } from "../../src/random.js";
import { reply, task } from "../shared/child.js";

export interface EncoderTask {
  readonly path: string;
  /** Mel frames of 10 ms. */
  readonly frames: number;
}

export interface EncoderPeak {
  readonly rows: number;
  /** Of the process at its peak, beyond what it took with the model loaded and the features made. */
  readonly bytes: number;
}

const BINS = 128;

reply(await measure(task() as EncoderTask));

async function measure({ path, frames }: EncoderTask): Promise<EncoderPeak> {
  const rng = createRng(1);
  const data = Float32Array.from({ length: frames * BINS }, () => rng.float() - 0.5);
  const encoder = new ClipEncoder(await openSession(path, { device: "cpu", threads: 0 }), lfm2Encoder(1), 0, { passes: 0 });
  const loaded = process.memoryUsage().rss;
  const { rows } = await encoder.run({ bins: BINS, frames, data });
  const bytes = process.resourceUsage().maxRSS * 1024 - loaded;
  await encoder.release();
  return { rows, bytes };
}
