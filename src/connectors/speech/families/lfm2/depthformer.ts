import type { Tensor } from "onnxruntime-node";
import { argmax } from "../../../../decoding/sampling.js";
import { ConnectorError } from "../../../../errors.js";
import { FLOATS, findRole, notUnderstood, runGraph, type TensorMetadata } from "../../../../onnx/graph_io.js";
import type { OpenSession } from "../../../../onnx/session.js";
import { cacheArray, floatTensor, fromFloat32, integerTensor, newCacheArray, toFloat32 } from "../../../../onnx/tensors.js";
import { createRng } from "../../../../random.js";
import { joinFloats } from "../../../../util/arrays.js";
import { float32At, itemAt } from "../../../../util/elements.js";
import { type DepthCache, type DepthIo, discoverDepthformer } from "./depth_io.js";

/** Chooses the code of one row and codebook from `logits[start … start + size)`. */
export type ChooseCode = (row: number, codebook: number, logits: Float32Array, start: number, size: number) => number;

/** Rows of one run at most. */
const MOST_ROWS = 64;
/** Largest difference of logits, as a share of their spread, that counts as rounding. */
const ROUNDING = 1e-3;

export interface DepthformerOptions {
  readonly codebooks: number;
  /** The graph that projects hidden states, where it is one of its own. */
  readonly projection: OpenSession | null;
  /**
   * Hand caches over at full length: the published graph fails on WebGPU where they grow from nothing.
   * @default false
   */
  readonly fullCaches?: boolean;
  /** Native calls are counted here. */
  readonly spent: { passes: number };
}

/** Turns a hidden state into the codes of one audio frame, codebook by codebook; nothing is remembered from frame to frame. */
export class Depthformer {
  readonly io: DepthIo;
  private batches: Promise<boolean> | null = null;
  private readonly projected: { readonly input: TensorMetadata; readonly output: TensorMetadata } | null;

  /** @throws ConnectorError where the graphs are not understood. */
  constructor(
    private readonly open: OpenSession,
    private readonly options: DepthformerOptions,
  ) {
    this.io = discoverDepthformer(open);
    const { projection } = options;
    this.projected = projection === null ? null : projectionRoles(projection);
    if (this.io.hidden === null && this.projected === null) {
      throw new ConnectorError(
        `${open.path} takes slices of a projected hidden state, but there is no vocoder_projection.onnx to project it`,
      );
    }
  }

  /**
   * @param hidden `[rows, hidden]`
   * @returns `[rows, codebooks]` codes as `choose` gave them.
   */
  async frames(hidden: Float32Array, rows: number, choose: ChooseCode): Promise<Int32Array> {
    const { codebooks } = this.options;
    const together = rows > 1 && (await this.canBatch(hidden.length / rows)) ? MOST_ROWS : 1;
    const width = hidden.length / rows;
    const codes = new Int32Array(rows * codebooks);
    for (let first = 0; first < rows; first += together) {
      const count = Math.min(together, rows - first);
      const part = hidden.subarray(first * width, (first + count) * width);
      const chooseHere: ChooseCode = (row, codebook, logits, start, size) => choose(first + row, codebook, logits, start, size);
      codes.set(await this.run(part, count, chooseHere), first * codebooks);
    }
    return codes;
  }

  /** Several rows at once give what each gives alone; found by trying, once. */
  canBatch(hidden: number): Promise<boolean> {
    this.batches ??= this.tryBatch(hidden);
    return this.batches;
  }

  /** One run a codebook for rows that are fed together. */
  async run(hidden: Float32Array, rows: number, choose: ChooseCode): Promise<Int32Array> {
    const { codebooks } = this.options;
    const codes = new Int32Array(rows * codebooks);
    const state = await this.start(hidden, rows);
    const previous = new Int32Array(rows);
    for (let codebook = 0; codebook < codebooks; codebook++) {
      const outputs = await runGraph(this.open, this.feeds(state, codebook, previous));
      this.options.spent.passes += 1;
      const logits = toFloat32(outputs[this.io.logits] as Tensor);
      const size = logits.length / rows;
      for (let row = 0; row < rows; row++) {
        const code = choose(row, codebook, logits, row * size, size);
        codes[row * codebooks + codebook] = code;
        // Tables of variant B have no row for the end of audio.
        previous[row] = this.io.variant === "B" ? Math.min(code, size - 2) : code;
      }
      this.advance(state, outputs);
    }
    return codes;
  }

  async release(): Promise<void> {
    await this.open.session.release();
    await this.options.projection?.session.release();
  }

  private async start(hidden: Float32Array, rows: number): Promise<FrameState> {
    const { io, options } = this;
    const state = io.hidden === null ? null : fromFloat32(io.hidden.type, hidden, [rows, hidden.length / rows]);
    const caches = io.caches.map((cache) =>
      emptyCache(cache, rows, options.fullCaches === true && io.seen !== null ? options.codebooks : 0),
    );
    return { rows, hidden: state, slices: await this.firstSlices(hidden, rows), caches };
  }

  private async firstSlices(hidden: Float32Array, rows: number): Promise<Tensor | null> {
    const { io, projected, options } = this;
    if (io.slices === null) return null;
    if (projected !== null && options.projection !== null) {
      const feeds = { [projected.input.name]: fromFloat32(projected.input.type, hidden, [rows, hidden.length / rows]) };
      options.spent.passes += 1;
      return (await runGraph(options.projection, feeds))[projected.output.name] as Tensor;
    }
    const [, codebooks, width] = io.slices.shape;
    if (typeof width !== "number") throw notUnderstood(this.open, `input ${io.slices.name} does not tell its width`);
    const dims = [rows, typeof codebooks === "number" ? codebooks : options.codebooks, width];
    return fromFloat32(io.slices.type, new Float32Array(dims.reduce((a, b) => a * b, 1)), dims);
  }

  private feeds({ rows, hidden, slices, caches }: FrameState, codebook: number, previous: Int32Array): Record<string, Tensor> {
    const { io } = this;
    const scalar = ({ type, shape }: TensorMetadata, value: number): Tensor => integerTensor(type, [value], shape.length === 0 ? [] : [1]);
    const feeds: Record<string, Tensor> = {
      [io.step.name]: scalar(io.step, codebook),
      [io.previous.name]: integerTensor(io.previous.type, previous, io.previous.shape.length === 2 ? [rows, 1] : [rows]),
    };
    if (io.hidden !== null && hidden !== null) feeds[io.hidden.name] = hidden;
    if (io.slices !== null && slices !== null) feeds[io.slices.name] = slices;
    if (io.seen !== null) feeds[io.seen.name] = integerTensor(io.seen.type, new Int32Array(rows).fill(codebook), [rows]);
    if (io.total !== null) feeds[io.total.name] = scalar(io.total, codebook + 1);
    io.caches.forEach((cache, i) => {
      feeds[cache.name] = caches[i] as Tensor;
    });
    return feeds;
  }

  private advance(state: FrameState, outputs: Readonly<Record<string, Tensor>>): void {
    const { io } = this;
    if (io.slicesOut !== null) state.slices = outputs[io.slicesOut] as Tensor;
    state.caches = io.caches.map((cache, i) => extended(cache, state.caches[i] as Tensor, outputs[cache.output] as Tensor));
  }

  private async tryBatch(hidden: number): Promise<boolean> {
    if (this.io.single) return false;
    const rng = createRng("depthformer");
    const states = Float32Array.from({ length: 2 * hidden }, () => 2 * rng.float() - 1);
    const seen = async (data: Float32Array, rows: number): Promise<Float32Array> => {
      const all: Float32Array[] = [];
      await this.run(data, rows, (_, codebook, logits, start, size) => {
        all.push(logits.slice(start, start + size));
        // Fixed codes: a near tie must not make the rest incomparable.
        return (codebook * 37) % Math.max(1, size - 1);
      });
      return interleave(all, rows);
    };
    try {
      const alone = [await seen(states.subarray(0, hidden), 1), await seen(states.subarray(hidden), 1)] as const;
      return agree(await seen(states, 2), joinFloats(alone));
    } catch {
      // A refusal is the answer: rows go one by one.
      return false;
    }
  }
}

/** What is carried from codebook to codebook. */
interface FrameState {
  readonly rows: number;
  readonly hidden: Tensor | null;
  slices: Tensor | null;
  caches: readonly Tensor[];
}

function projectionRoles(open: OpenSession): { readonly input: TensorMetadata; readonly output: TensorMetadata } {
  const input = findRole(open.session.inputMetadata, ["hidden_states"], FLOATS, 2);
  const output = findRole(open.session.outputMetadata, ["depth_hidden", "depth_slices"], FLOATS, 3);
  if (input === null || output === null) throw notUnderstood(open, "a projection takes hidden_states and gives depth_hidden");
  return { input, output };
}

function emptyCache({ dims, time, type }: DepthCache, rows: number, length: number): Tensor {
  const shape = dims.map((dim, i) => (i === 1 ? rows : i === time ? length : (dim as number)));
  const size = shape.reduce((a, b) => a * b, 1);
  return floatTensor(type as "float32" | "float16", newCacheArray(type, size), shape);
}

/** Graphs give back the whole cache, or only the new position, which is then put behind the old ones. */
function extended({ time }: DepthCache, past: Tensor, now: Tensor): Tensor {
  const before = itemAt(past.dims, time);
  const given = itemAt(now.dims, time);
  if (before === 0 || given > 1) return now;
  const dims = past.dims.map((dim, i) => (i === time ? before + given : dim));
  const inner = dims.slice(time + 1).reduce((a, b) => a * b, 1);
  const blocks = dims.slice(0, time).reduce((a, b) => a * b, 1);
  const [old, fresh] = [cacheArray(past), cacheArray(now)];
  const out = newCacheArray(now.type, blocks * (before + given) * inner);
  for (let block = 0; block < blocks; block++) {
    out.set(old.subarray(block * before * inner, (block + 1) * before * inner), block * (before + given) * inner);
    out.set(fresh.subarray(block * given * inner, (block + 1) * given * inner), (block * (before + given) + before) * inner);
  }
  return floatTensor(now.type as "float32" | "float16", out, dims);
}

/** `[codebook][row]` rows of logits → `[row][codebook]`, flat. */
function interleave(all: readonly Float32Array[], rows: number): Float32Array {
  const steps = all.length / rows;
  const ordered = Array.from({ length: rows * steps }, (_, i) => all[(i % steps) * rows + Math.floor(i / steps)] as Float32Array);
  return joinFloats(ordered);
}

function agree(got: Float32Array, want: Float32Array): boolean {
  if (got.length !== want.length) return false;
  const spread = want.reduce((a, b) => Math.max(a, b), -Infinity) - want.reduce((a, b) => Math.min(a, b), Infinity);
  return got.every((value, i) => Math.abs(value - float32At(want, i)) <= ROUNDING * spread);
}

/** First maximum: what greedy sound is made of. */
export const chooseLikeliest: ChooseCode = (_row, _codebook, logits, start, size) => argmax(logits, start, size);
