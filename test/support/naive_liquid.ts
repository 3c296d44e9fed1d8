import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import type { PromptPart } from "../../src/connectors/speech/prompt.js";
import { maxOf } from "../../src/util/arrays.js";

/** A step of an answer: a token, or a frame of codes. */
export type NaiveStep = number | readonly number[];

const CODES = 2049;

/**
 * The slowest way there is, written apart from the connector: tables read whole, every clip encoded anew, the whole prompt
 * fed from an empty past for every step, one row at a time. For the layout of embedded models only.
 */
export class NaiveLiquid {
  private constructor(
    private readonly decoder: InferenceSession,
    private readonly encoder: InferenceSession,
    private readonly depthformer: InferenceSession,
    private readonly text: Float32Array,
    private readonly audio: Float32Array,
    private readonly hidden: number,
  ) {}

  static async open(folder: string, hidden: number): Promise<NaiveLiquid> {
    const session = (name: string) => InferenceSession.create(join(folder, "onnx", `${name}.onnx`), { intraOpNumThreads: 1 });
    const table = (name: string) => new Float32Array(new Uint8Array(readFileSync(join(folder, "onnx", name))).buffer);
    return new NaiveLiquid(
      await session("decoder"),
      await session("audio_encoder"),
      await session("vocoder_depthformer"),
      table("embed_tokens.bin"),
      table("audio_embedding.bin"),
      hidden,
    );
  }

  /** log p of every step after the prompt. */
  async scores(parts: readonly PromptPart[], steps: readonly NaiveStep[]): Promise<readonly number[]> {
    const rows = await this.promptRows(parts);
    const scores: number[] = [];
    for (const step of steps) {
      const { logits, hidden } = await this.last(rows);
      scores.push(typeof step === "number" ? logSoftmax(logits, step) : await this.frameScore(hidden, step));
      rows.push(typeof step === "number" ? this.row(this.text, step) : this.frameRow(step));
    }
    return scores;
  }

  /** Greedy text until `end` or `limit`. */
  async answer(parts: readonly PromptPart[], end: number, limit: number): Promise<readonly number[]> {
    const rows = await this.promptRows(parts);
    const ids: number[] = [];
    while (ids.length < limit && ids.at(-1) !== end) {
      const { logits } = await this.last(rows);
      const id = logits.indexOf(maxOf(logits));
      ids.push(id);
      rows.push(this.row(this.text, id));
    }
    return ids;
  }

  async release(): Promise<void> {
    for (const session of [this.decoder, this.encoder, this.depthformer]) await session.release();
  }

  private async promptRows(parts: readonly PromptPart[]): Promise<Float32Array[]> {
    const rows: Float32Array[] = [];
    for (const part of parts) {
      if (part.kind === "text") rows.push(...Array.from(part.ids, (id) => this.row(this.text, id)));
      else if (part.kind === "audio-out") {
        for (let t = 0; t < part.codes.length; t += 8) rows.push(this.frameRow([...part.codes.subarray(t, t + 8)]));
      } else {
        const { frames, bins, data } = await part.clip.mel();
        const outputs = await this.encoder.run({
          mel_spectrogram: new Tensor("float32", data, [1, frames, bins]),
          mel_lengths: new Tensor("int64", [BigInt(frames)], [1]),
        });
        const encoded = outputs.audio_embeddings?.data as Float32Array;
        rows.push(...Array.from(part.clip.take, (row) => this.row(encoded, row)));
      }
    }
    return rows;
  }

  private async last(rows: readonly Float32Array[]): Promise<{ readonly logits: readonly number[]; readonly hidden: Float32Array }> {
    const data = new Float32Array(rows.length * this.hidden);
    rows.forEach((row, i) => {
      data.set(row, i * this.hidden);
    });
    const feeds: Record<string, Tensor> = {
      inputs_embeds: new Tensor("float32", data, [1, rows.length, this.hidden]),
      attention_mask: new Tensor("int64", new BigInt64Array(rows.length).fill(1n), [1, rows.length]),
    };
    for (const input of this.decoder.inputMetadata) {
      if (!input.isTensor || input.name in feeds) continue;
      const dims = input.shape.map((dim, i) => (i === 0 ? 1 : typeof dim === "number" ? dim : 0));
      feeds[input.name] = new Tensor("float32", new Float32Array(dims.reduce((a, b) => a * b, 1)), dims);
    }
    const outputs = await this.decoder.run(feeds, ["logits", "hidden_states"]);
    const tail = (name: string): Float32Array => {
      const tensor = outputs[name] as Tensor;
      return (tensor.data as Float32Array).slice(-(tensor.dims[2] as number));
    };
    return { logits: [...tail("logits")], hidden: tail("hidden_states") };
  }

  /** Codes are fed as they stand; the frame that ends the sound is decided by its first code. */
  private async frameScore(hidden: Float32Array, codes: readonly number[]): Promise<number> {
    const cache = (name: string): Tensor => {
      const input = this.depthformer.inputMetadata.find((m) => m.name === name);
      if (!input?.isTensor) throw new Error(`no input ${name}`);
      return new Tensor(
        "float32",
        new Float32Array(0),
        input.shape.map((dim, i) => (i === 1 ? 1 : typeof dim === "number" ? dim : 0)),
      );
    };
    const slicesShape = this.depthformer.inputMetadata.find((m) => m.name === "depth_slices_in");
    const width = slicesShape?.isTensor ? (slicesShape.shape[2] as number) : 0;
    let slices = new Tensor("float32", new Float32Array(8 * width), [1, 8, width]);
    let [keys, values] = [cache("past_keys"), cache("past_values")];
    let total = 0;
    for (let step = 0; step < 8; step++) {
      const outputs = await this.depthformer.run({
        hidden_states: new Tensor("float32", hidden, [1, hidden.length]),
        depth_slices_in: slices,
        step_idx: new Tensor("int64", [BigInt(step)], []),
        prev_token: new Tensor("int64", [BigInt(step === 0 ? 0 : (codes[step - 1] as number))], [1]),
        past_keys: keys,
        past_values: values,
        seqlens_k: new Tensor("int32", [step], [1]),
        total_seq_len: new Tensor("int32", [step + 1], []),
      });
      total += logSoftmax([...((outputs.logits as Tensor).data as Float32Array)], codes[step] as number);
      if (codes[0] === CODES - 1) return total;
      slices = outputs.depth_slices as typeof slices;
      [keys, values] = [outputs.new_keys as Tensor, outputs.new_values as Tensor];
    }
    return total;
  }

  private frameRow(codes: readonly number[]): Float32Array {
    const rows = codes.map((code, c) => this.row(this.audio, c * CODES + code));
    return Float32Array.from({ length: this.hidden }, (_, i) => rows.reduce((sum, row) => sum + (row[i] as number), 0));
  }

  private row(table: Float32Array, index: number): Float32Array {
    return table.slice(index * this.hidden, (index + 1) * this.hidden);
  }
}

function logSoftmax(logits: readonly number[], target: number): number {
  const highest = maxOf(logits);
  return (logits[target] as number) - highest - Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - highest), 0));
}
