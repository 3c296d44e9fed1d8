import type { Tensor } from "onnxruntime-node";
import { ConnectorError } from "../errors.js";
import { joinFloats } from "../util/arrays.js";
import { ByteLru } from "../util/byte_lru.js";
import { FLOATS, findRole, notUnderstood, runGraph, type TensorMetadata } from "./graph_io.js";
import type { RowSource } from "./rows.js";
import { type OpenSession, openSession, type SessionOptions } from "./session.js";
import { fromFloat32, int64Tensor, toFloat32 } from "./tensors.js";

const CACHE_BYTES = 32 * 2 ** 20;

/**
 * A graph that looks rows up: `audio_embedding.onnx` (offset codes → rows), or `embeddings.onnx` of onnxruntime-genai
 * (token ids and encoded audio → rows), which is given no audio: encoded rows go to the decoder directly. Where a graph gives `per_layer_inputs`
 * `[B, S, layers, size]` too (Gemma 3n, 4), these stand behind each row.
 * @throws ConnectorError where its inputs and outputs are not understood.
 */
export async function openGraphRows(path: string, options: SessionOptions): Promise<RowSource> {
  return new GraphRows(await openSession(path, options));
}

class GraphRows implements RowSource {
  readonly hidden: number;
  readonly layered: number;
  readonly count = null;
  private readonly ids: TensorMetadata;
  private readonly features: TensorMetadata | null;
  private readonly output: TensorMetadata;
  private readonly layers: TensorMetadata | null;
  private readonly cache = new ByteLru<Float32Array>(CACHE_BYTES);

  constructor(private readonly open: OpenSession) {
    const { inputMetadata, outputMetadata } = open.session;
    const ids = findRole(inputMetadata, ["input_ids", "audio_codes"], ["int64"], 2);
    const output = findRole(outputMetadata, ["inputs_embeds", "audio_embeds"], FLOATS, 3);
    if (ids === null || output === null)
      throw notUnderstood(open, "ids [B, S] go in and rows [B, S, hidden] come out of no input and output");
    const rest = inputMetadata.filter((m) => m.name !== ids.name);
    this.features = findRole(rest, ["audio_features"], FLOATS, 2) ?? findRole(rest, ["audio_features"], FLOATS, 3);
    if (rest.length > (this.features === null ? 0 : 1)) throw notUnderstood(open, "there are inputs of unknown roles");
    this.ids = ids;
    this.output = output;
    const hidden = output.shape[2];
    if (typeof hidden !== "number") throw notUnderstood(open, `output ${output.name} does not tell its width`);
    this.hidden = hidden;
    this.layers = findRole(outputMetadata, ["per_layer_inputs"], FLOATS, 4);
    const sizes = (this.layers?.shape.slice(2) ?? [0]).map(Number);
    if (!sizes.every(Number.isInteger)) throw notUnderstood(open, "output per_layer_inputs does not tell its sizes");
    this.layered = sizes.reduce((product, size) => product * size, 1);
  }

  async rows(indices: readonly number[]): Promise<readonly Float32Array[]> {
    const kept = new Map(indices.map((index) => [index, this.cache.get(String(index))] as const));
    const missing = [...kept].flatMap(([index, row]) => (row === undefined ? [index] : []));
    if (missing.length > 0) {
      const outputs = await runGraph(this.open, this.feeds(missing));
      const own = this.columns(outputs, this.output, missing.length, this.hidden);
      const layers = this.layers === null ? null : this.columns(outputs, this.layers, missing.length, this.layered);
      missing.forEach((index, i) => {
        const row = layers === null ? own(i) : joinFloats([own(i), layers(i)]);
        kept.set(index, row);
        this.cache.set(String(index), row, row.byteLength);
      });
    }
    return indices.map((index) => kept.get(index) as Float32Array);
  }

  /** Row by row of an output. */
  private columns(
    outputs: Readonly<Record<string, Tensor>>,
    { name }: TensorMetadata,
    rows: number,
    width: number,
  ): (row: number) => Float32Array {
    const data = toFloat32(outputs[name] as Tensor);
    if (data.length !== rows * width)
      throw new ConnectorError(`${this.open.path} gave ${data.length} numbers of ${name} for ${rows} rows of ${width}`);
    return (row) => data.slice(row * width, (row + 1) * width);
  }

  async close(): Promise<void> {
    await this.open.session.release();
  }

  private feeds(ids: readonly number[]): Record<string, Tensor> {
    const feeds: Record<string, Tensor> = { [this.ids.name]: int64Tensor(ids, [1, ids.length]) };
    const { features } = this;
    if (features !== null) {
      const dims = features.shape.length === 2 ? [0, this.hidden] : [1, 0, this.hidden];
      feeds[features.name] = fromFloat32(features.type, new Float32Array(0), dims);
    }
    return feeds;
  }
}
