import type { Mel } from "../../../../audio/front_ends/mel.js";
import type { CheckRow } from "../../../check_row.js";
import { ClipEncoder } from "../../clip_encoder.js";
import { testTone } from "./check_config.js";
import { type CheckContext, openGraph } from "./check_row.js";
import { LFM2_ENCODER, lfm2Hearing } from "./hearing.js";

/** Rows that clips of several lengths give: one for every 8 frames begun. */
export async function checkEncoder(context: CheckContext): Promise<readonly CheckRow[]> {
  const { files, config } = context;
  if (files.encoder === null) return [{ check: "audio encoder", found: "", status: "skipped", detail: "not there: the model cannot hear" }];
  const open = await openGraph(context, files.encoder.path);
  try {
    const encoder = new ClipEncoder(open, LFM2_ENCODER, 0, { passes: 0 });
    const { frontEnd, rowsOf } = lfm2Hearing(config.mel);
    const whole = frontEnd.features(testTone());
    const lengths = [whole.frames, 96, 9];
    const encodings = [];
    for (const frames of lengths) encodings.push(await encoder.run(cut(whole, frames)));
    const finite = encodings.every(({ data }) => data.every(Number.isFinite));
    const fits = encodings.every(({ hidden }) => hidden === (config.hidden ?? hidden));
    return [
      {
        check: "audio encoder",
        found: `${files.encoder.path}, rows of ${encodings[0]?.hidden ?? 0}`,
        status: finite && fits ? "passed" : "failed",
        detail: `${lengths.map((frames) => `${frames} frames → ${rowsOf(frames)} rows`).join(", ")}; ${finite ? "finite" : "not all finite"}${fits ? "" : `; the decoder takes rows of ${config.hidden}`}`,
      },
    ];
  } finally {
    await open.session.release();
  }
}

function cut({ bins, data }: Mel, frames: number): Mel {
  return { bins, frames, data: data.slice(0, frames * bins) };
}
