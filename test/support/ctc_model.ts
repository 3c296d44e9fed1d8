import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeModel, FLOAT, FLOAT16, type Graph, INT64, type Node, type ValueInfo, type Weight } from "./onnx_writer.js";

export interface ToneModel {
  /** Label → what `vocab.json` says; its tone is 500 Hz · (id + 1). Id 0 is the blank: it wins in silence. */
  readonly vocab: Readonly<Record<string, number>>;
  readonly attentionMask?: boolean;
  readonly halfLogits?: boolean;
  readonly padToken?: string;
  readonly wordDelimiter?: string;
  /** Samples added on both sides by the convolution. */
  readonly padding?: number;
  /** Logits of rank 2, as a classifier has. */
  readonly flat?: boolean;
}

export const toneOf = (id: number): number => 500 * (id + 1);
const WINDOW = 400;
const STRIDE = 320;

/** A folder with a CTC model in wav2vec2's layout whose letters are pure tones: what it hears is known. */
export function toneModelFolder(model: ToneModel): string {
  const folder = mkdtempSync(join(tmpdir(), "tone-model-"));
  const json = (name: string, value: unknown): void => writeFileSync(join(folder, name), JSON.stringify(value));
  mkdirSync(join(folder, "onnx"));
  writeFileSync(join(folder, "onnx", "model.onnx"), encodeModel(toneGraph(model)));
  json("vocab.json", model.vocab);
  json("config.json", { conv_kernel: [WINDOW], conv_stride: [STRIDE] });
  json("preprocessor_config.json", { sampling_rate: 16_000, do_normalize: true });
  json("tokenizer_config.json", { pad_token: model.padToken ?? "<pad>", word_delimiter_token: model.wordDelimiter ?? "|" });
  return folder;
}

/** The waveform that says the labels, each for so many seconds; id 0 is silence. */
export function toneSpeech(said: readonly (readonly [id: number, seconds: number])[]): Float32Array {
  return Float32Array.from(
    said.flatMap(([id, seconds]) =>
      Array.from({ length: Math.round(seconds * 16_000) }, (_, n) =>
        id === 0 ? 0 : 0.5 * Math.sin((2 * Math.PI * toneOf(id) * n) / 16_000),
      ),
    ),
  );
}

/** Power of every label's tone in windows of 400 samples every 320: a convolution with its sine and cosine, squared and summed. */
function toneGraph({ vocab, attentionMask, halfLogits, padding = 0, flat }: ToneModel): Graph {
  const labels = Math.max(...Object.values(vocab)) + 1;
  const waves = Float32Array.from({ length: 2 * labels * WINDOW }, (_, i) => {
    const [row, n] = [Math.floor(i / WINDOW), i % WINDOW];
    const phase = (2 * Math.PI * toneOf(row >> 1) * n) / 16_000;
    return row < 2 ? 0 : (row % 2 === 0 ? Math.sin(phase) : Math.cos(phase)) * (6 / WINDOW);
  });
  const sums = Float32Array.from({ length: labels * 2 * labels }, (_, i) =>
    Math.floor(i / (2 * labels)) === (i % (2 * labels)) >> 1 ? 1 : 0,
  );
  const bias = Float32Array.from({ length: labels }, (_, v) => (v === 0 ? 2 : 0));
  const weights = [
    weight("axis", INT64, [1], new BigInt64Array([1n])),
    weight("waves", FLOAT, [2 * labels, 1, WINDOW], waves),
    weight("sums", FLOAT, [labels, 2 * labels, 1], sums),
    weight("bias", FLOAT, [labels], bias),
  ];
  const type = halfLogits === true ? FLOAT16 : FLOAT;
  const nodes: Node[] = [
    { op: "Unsqueeze", inputs: ["input_values", "axis"], outputs: ["wave"] },
    { op: "Conv", inputs: ["wave", "waves"], outputs: ["heard"], attributes: { strides: [STRIDE], pads: [padding, padding] } },
    { op: "Mul", inputs: ["heard", "heard"], outputs: ["power"] },
    { op: "Conv", inputs: ["power", "sums", "bias"], outputs: ["scores"] },
    { op: "Transpose", inputs: ["scores"], outputs: ["frames"], attributes: { perm: [0, 2, 1] } },
    flat === true
      ? { op: "Flatten", inputs: ["frames"], outputs: ["logits"], attributes: { axis: 1 } }
      : { op: "Cast", inputs: ["frames"], outputs: ["logits"], attributes: { to: type } },
  ];
  const inputs: ValueInfo[] = [{ name: "input_values", type: FLOAT, dims: ["batch", "samples"] }];
  if (attentionMask === true) inputs.push({ name: "attention_mask", type: INT64, dims: ["batch", "samples"] });
  const dims = flat === true ? ["batch", "all"] : ["batch", "frames", labels];
  return { inputs, outputs: [{ name: "logits", type, dims }], nodes, weights };
}

function weight(name: string, type: number, dims: readonly number[], values: Float32Array | BigInt64Array): Weight {
  return { name, type, dims, data: new Uint8Array(values.buffer) };
}
