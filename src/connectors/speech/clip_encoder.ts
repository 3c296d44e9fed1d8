import type { Tensor } from "onnxruntime-node";
import type { Mel } from "../../audio/front_ends/mel.js";
import { AudioError, ConnectorError } from "../../errors.js";
import { FLOATS, findRole, notUnderstood, runGraph, type TensorMetadata } from "../../onnx/graph_io.js";
import type { OpenSession } from "../../onnx/session.js";
import { booleanTensor, fromFloat32, integerTensor, toFloat32 } from "../../onnx/tensors.js";
import { currentSignal, ofNobody, orAborted } from "../../util/abort.js";
import { joinFloats } from "../../util/arrays.js";
import { ByteLru } from "../../util/byte_lru.js";
import { float32At } from "../../util/elements.js";
import { gibibytes } from "../../util/sizes.js";
import type { ClipInput } from "./prompt.js";

/** `[rows, hidden]` row-major. */
export interface Encoding {
  readonly rows: number;
  readonly hidden: number;
  readonly data: Float32Array;
}

/** What attention takes for each pair of rows where the family does not say: some 24 bytes for each of four heads. */
const PAIR_BYTES = 96;

/** What a family's encoder graph is fed and gives. */
export interface EncoderShape {
  /** Names that exports give its features `[B, …]`, their lengths, their masks `[B, frames]`, its rows, and their numbers. */
  readonly features: readonly string[];
  readonly lengths: readonly string[];
  /** 1 for every frame that counts. @default none */
  readonly masks?: readonly string[] | undefined;
  readonly rows: readonly string[];
  readonly counts: readonly string[];
  /** Order of the features' axes; `as-declared`: the bins are the axis that the graph says has as many. */
  readonly axes: "frames-bins" | "bins-frames" | "as-declared";
  /** Frames that go in at once; longer features go in piece by piece. @default Infinity */
  readonly mostFrames?: number | undefined;
  /** Pieces of that length alone go in: the front end fills them up. @default false */
  readonly wholePieces?: boolean | undefined;
  /** Rows of the encoding of so many frames, of one piece. */
  rowsOf(frames: number): number;
  /** Bytes that attention takes for each pair of rows. @default 96 */
  readonly pairBytes?: number | undefined;
  /** More rows than that may come out: what is behind them is no part of the encoding. @default false */
  readonly filled?: boolean | undefined;
}

/** The audio encoder with its adapter. Clips go in one by one: the published graph is right for a batch of one only. */
export class ClipEncoder {
  private readonly features: TensorMetadata;
  private readonly lengths: TensorMetadata | null;
  private readonly mask: TensorMetadata | null;
  private readonly output: TensorMetadata;
  private readonly counts: TensorMetadata | null;
  private readonly kept: ByteLru<Encoding>;
  private readonly running = new Map<string, Promise<Encoding>>();

  /** @param bytes that remembered encodings may take. @param spent counts native calls. @param memory that one call may take. @throws ConnectorError where the graph is not understood. */
  constructor(
    private readonly open: OpenSession,
    private readonly shape: EncoderShape,
    bytes: number,
    private readonly spent: { passes: number },
    private readonly memory: number = Infinity,
  ) {
    const { inputMetadata, outputMetadata } = open.session;
    const features = findRole(inputMetadata, shape.features, FLOATS, 3);
    const output = findRole(outputMetadata, shape.rows, FLOATS, 3) ?? findRole(outputMetadata, shape.rows, FLOATS, 2);
    if (features === null || output === null)
      throw notUnderstood(open, "a mel [B, T, bins] goes in and rows [B, T, hidden] come out of no input and output");
    this.features = features;
    this.output = output;
    this.lengths = findRole(inputMetadata, shape.lengths, ["int64", "int32"], 1);
    this.counts = findRole(outputMetadata, shape.counts, ["int64", "int32"], 1);
    // Of a family that has none, an input of that kind is unknown.
    const masks = shape.masks ?? [];
    this.mask = masks.length === 0 ? null : findRole(inputMetadata, masks, ["int64", "int32", "bool"], 2);
    const known = [features, this.lengths, this.mask].filter((role) => role !== null);
    if (inputMetadata.length > known.length) throw notUnderstood(open, "there are inputs of unknown roles");
    this.kept = new ByteLru(bytes);
  }

  /** The encoding of a clip, remembered by its key. */
  async encode(clip: ClipInput): Promise<Encoding> {
    const kept = this.kept.get(clip.key);
    if (kept !== undefined) return kept;
    let running = this.running.get(clip.key);
    if (running === undefined) {
      running = ofNobody(async () => this.run(await clip.mel())).finally(() => this.running.delete(clip.key));
      running.catch(() => undefined);
      this.running.set(clip.key, running);
    }
    const encoding = await orAborted(running, currentSignal());
    this.kept.set(clip.key, encoding, encoding.data.byteLength);
    return encoding;
  }

  /** @param mel normalised, `[frames, bins]`. @throws ConnectorError where the graph breaks its own law of lengths. */
  async run(mel: Mel): Promise<Encoding> {
    const { mostFrames = Infinity } = this.shape;
    if (mel.frames <= mostFrames) return await this.checked(mel);
    const pieces: Encoding[] = [];
    for (let from = 0; from < mel.frames; from += mostFrames) pieces.push(await this.checked(framesFrom(mel, from, mostFrames)));
    const rows = pieces.reduce((sum, piece) => sum + piece.rows, 0);
    return { rows, hidden: (pieces[0] as Encoding).hidden, data: joinFloats(pieces.map(({ data }) => data)) };
  }

  /** Rows that come out of so many frames of zeros, law or not. */
  async rowsFor(frames: number, bins: number): Promise<number> {
    return (await this.pass({ bins, frames, data: new Float32Array(frames * bins) })).given;
  }

  async release(): Promise<void> {
    await this.open.session.release();
  }

  /** Every row attends to every other, so that twice the clip takes four times the memory. */
  private requireMemory(frames: number): void {
    const needed = (this.shape.pairBytes ?? PAIR_BYTES) * this.shape.rowsOf(frames) ** 2;
    if (needed <= this.memory) return;
    const share = Math.sqrt(this.memory / needed);
    throw new AudioError(
      `a clip of ${frames} mel frames takes about ${gibibytes(needed)} in the audio encoder, and run.memory is ${gibibytes(this.memory)}: ` +
        `cut it to ${Math.floor(share * 100)} % of its length, or raise run.memory`,
    );
  }

  private async checked(mel: Mel): Promise<Encoding> {
    this.requireMemory(mel.frames);
    const { given, hidden, told, data } = await this.pass(mel);
    const rows = this.shape.rowsOf(mel.valid ?? mel.frames);
    const fits = this.shape.filled === true ? given >= rows : given === rows;
    if (!fits || (told ?? rows) !== rows) {
      throw new ConnectorError(
        `${this.open.path} gave ${given} rows (${told ?? rows} by its own count) for ${mel.frames} mel frames, where ${rows} are due`,
      );
    }
    return { rows, hidden, data: data.slice(0, rows * hidden) };
  }

  /** @throws ConnectorError where the graph should tell and does not. */
  private axesOf(bins: number): "frames-bins" | "bins-frames" {
    const { axes } = this.shape;
    if (axes !== "as-declared") return axes;
    const [, first, last] = this.features.shape;
    if (last === bins) return "frames-bins";
    if (first === bins) return "bins-frames";
    const { name, shape } = this.features;
    throw notUnderstood(this.open, `no axis of \`${name}\` [${shape.join(", ")}] has the ${bins} mel bins of the configured front end`);
  }

  private async pass({ bins, frames, valid = frames, data }: Mel) {
    const axes = this.axesOf(bins);
    const declared = this.features.shape[axes === "frames-bins" ? 2 : 1];
    if (typeof declared === "number" && declared !== bins) {
      throw new ConnectorError(`${this.open.path} takes ${declared} mel bins, but the configured front end makes ${bins}`);
    }
    const fed =
      axes === "frames-bins"
        ? fromFloat32(this.features.type, data, [1, frames, bins])
        : fromFloat32(this.features.type, transposed(data, frames, bins), [1, bins, frames]);
    const feeds: Record<string, Tensor> = { [this.features.name]: fed };
    if (this.lengths !== null) feeds[this.lengths.name] = integerTensor(this.lengths.type, [frames], [1]);
    if (this.mask !== null) feeds[this.mask.name] = maskTensor(this.mask.type, frames, valid);
    const outputs = await runGraph(this.open, feeds);
    this.spent.passes += 1;
    const output = outputs[this.output.name] as Tensor;
    const hidden = output.dims.at(-1) as number;
    const rows = toFloat32(output);
    const told = this.counts === null ? null : Number((outputs[this.counts.name] as Tensor).data[0]);
    return { given: rows.length / hidden, hidden, told, data: rows };
  }
}

/** `[1, frames]`: the first `valid` count. */
function maskTensor(type: TensorMetadata["type"], frames: number, valid: number): Tensor {
  const flags = Array.from({ length: frames }, (_, t) => (t < valid ? 1 : 0));
  return type === "bool" ? booleanTensor(flags, [1, frames]) : integerTensor(type, flags, [1, frames]);
}

/** `[rows, columns]` → `[columns, rows]` */
function transposed(data: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(data.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = float32At(data, r * columns + c);
  return out;
}

function framesFrom({ bins, frames, data }: Mel, from: number, most: number): Mel {
  const end = Math.min(frames, from + most);
  return { bins, frames: end - from, data: data.subarray(from * bins, end * bins) };
}
