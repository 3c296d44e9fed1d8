import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ClipEncoder, type EncoderShape } from "../../../src/connectors/speech/clip_encoder.js";
import { openSession } from "../../../src/onnx/session.js";
import { temporaryFolder } from "../../support/decoder_files.js";
import { encodeModel, FLOAT, type Graph, INT64, type Weight } from "../../support/onnx_writer.js";

const BINS = 4;
const SHAPE: EncoderShape = {
  ...{ features: ["input_features"], lengths: [], masks: ["attention_mask"], rows: ["audio_features"], counts: [] },
  axes: "as-declared",
  rowsOf: (frames) => Math.ceil(frames / 8),
};

const integers = (name: string, values: readonly number[]): Weight => ({
  ...{ name, type: INT64, dims: [values.length] },
  data: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
});

/** Every eighth frame, times what its mask says. */
function graph(axes: readonly (number | string)[], masked: boolean): Graph {
  const turned = axes[1] === BINS;
  const frames = turned ? "turned" : "input_features";
  return {
    inputs: [
      { name: "input_features", type: FLOAT, dims: axes },
      ...(masked ? [{ name: "attention_mask", type: INT64, dims: ["b", "t"] }] : []),
    ],
    outputs: [{ name: "audio_features", type: FLOAT, dims: ["b", "rows", BINS] }],
    nodes: [
      ...(turned ? [{ op: "Transpose", inputs: ["input_features"], outputs: ["turned"], attributes: { perm: [0, 2, 1] } }] : []),
      ...(masked
        ? [
            { op: "Cast", inputs: ["attention_mask"], outputs: ["heard"], attributes: { to: FLOAT } },
            { op: "Unsqueeze", inputs: ["heard", "last"], outputs: ["heard.bins"] },
            { op: "Mul", inputs: [frames, "heard.bins"], outputs: ["kept"] },
          ]
        : []),
      { op: "Slice", inputs: [masked ? "kept" : frames, "zero", "end", "one", "eight"], outputs: ["audio_features"] },
    ],
    weights: [integers("zero", [0]), integers("end", [2 ** 31]), integers("one", [1]), integers("eight", [8]), integers("last", [2])],
  };
}

async function encoderOf(axes: readonly (number | string)[], masked = false): Promise<ClipEncoder> {
  const path = join(temporaryFolder(), "audio_encoder.onnx");
  writeFileSync(path, encodeModel(graph(axes, masked)));
  const open = await openSession(path, { device: "cpu", threads: 1 });
  onTestFinished(() => open.session.release());
  return new ClipEncoder(open, SHAPE, 0, { passes: 0 });
}

const mel = (bins: number) => ({ bins, frames: 11, data: Float32Array.from({ length: 11 * bins }, (_, i) => i) });

test("the axis of the bins is the one that is declared as long, whichever it is, with and without a mask", async () => {
  for (const axes of [
    ["b", "t", BINS],
    ["b", BINS, "t"],
  ]) {
    for (const masked of [false, true]) {
      const { rows, hidden, data } = await (await encoderOf(axes, masked)).run(mel(BINS));
      expect([rows, hidden, ...data]).toEqual([2, BINS, 0, 1, 2, 3, 32, 33, 34, 35]);
    }
  }
});

test("a graph that does not tell, or has other bins, is refused with its shape", async () => {
  const refusal =
    /audio_encoder\.onnx: no axis of `input_features` \[b, f, t\] has the 4 mel bins of the configured front end; `mllm-shap models check --verbose` prints/;
  await expect((await encoderOf(["b", "f", "t"])).run(mel(BINS))).rejects.toThrow(refusal);
  await expect((await encoderOf(["b", "t", BINS])).run(mel(3))).rejects.toThrow(/no axis .* has the 3 mel bins/);
});
