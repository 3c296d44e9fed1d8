import type { Tensor } from "onnxruntime-node";
import type { Mel } from "../../audio/front_ends/mel.js";
import { AudioError, ConnectorError } from "../../errors.js";
import { FLOATS, findRole, notUnderstood, runGraph, type TensorMetadata } from "../../onnx/graph_io.js";
import type { OpenSession } from "../../onnx/session.js";
import { fromFloat32, integerTensor, toFloat32 } from "../../onnx/tensors.js";
import { ByteLru } from "../../util/byte_lru.js";
import type { ClipInput } from "./prompt.js";

/** `[rows, hidden]` row-major. */
export interface Encoding {
  readonly rows: number;
  readonly hidden: number;
  readonly data: Float32Array;
}

/** What attention takes for each pair of rows, as measured on LFM2's encoder and the embedded one: heads × numbers that are alive at once. */
const BYTES_PER_PAIR = 96;

const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

/** Mel frames of one row of the encoding: three convolutions of stride 2. */
const FRAMES_PER_ROW = 8;

/** Rows that the encoder gives for a mel of so many frames. */
export function encodedRows(frames: number): number {
  return Math.ceil(frames / FRAMES_PER_ROW);
}

/** The audio encoder with its adapter. Clips go in one by one: the published graph is right for a batch of one only. */
export class ClipEncoder {
  private readonly mel: TensorMetadata;
  private readonly lengths: TensorMetadata | null;
  private readonly output: TensorMetadata;
  private readonly outputLengths: TensorMetadata | null;
  private readonly kept: ByteLru<Encoding>;
  private readonly running = new Map<string, Promise<Encoding>>();

  /** @param bytes that remembered encodings may take. @param spent counts native calls. @param memory that one call may take. @throws ConnectorError where the graph is not understood. */
  constructor(
    private readonly open: OpenSession,
    bytes: number,
    private readonly spent: { passes: number },
    private readonly memory: number = Infinity,
  ) {
    const { inputMetadata, outputMetadata } = open.session;
    const mel = findRole(inputMetadata, ["mel_spectrogram", "mel_features"], FLOATS, 3);
    const output = findRole(outputMetadata, ["audio_embeddings", "audio_features"], FLOATS, 3);
    if (mel === null || output === null)
      throw notUnderstood(open, "a mel [B, T, bins] goes in and rows [B, T, hidden] come out of no input and output");
    this.mel = mel;
    this.output = output;
    this.lengths = findRole(inputMetadata, ["mel_lengths"], ["int64", "int32"], 1);
    this.outputLengths = findRole(outputMetadata, ["audio_lengths", "output_lengths"], ["int64", "int32"], 1);
    if (inputMetadata.length > (this.lengths === null ? 1 : 2)) throw notUnderstood(open, "there are inputs of unknown roles");
    this.kept = new ByteLru(bytes);
  }

  /** The encoding of a clip, remembered by its key. */
  async encode(clip: ClipInput): Promise<Encoding> {
    const kept = this.kept.get(clip.key);
    if (kept !== undefined) return kept;
    let running = this.running.get(clip.key);
    if (running === undefined) {
      running = this.run(clip.mel()).finally(() => this.running.delete(clip.key));
      this.running.set(clip.key, running);
    }
    const encoding = await running;
    this.kept.set(clip.key, encoding, encoding.data.byteLength);
    return encoding;
  }

  /** @param mel normalised, `[frames, bins]`. @throws ConnectorError where the graph breaks its own law of lengths. */
  async run(mel: Mel): Promise<Encoding> {
    const { bins, frames, data } = mel;
    const declared = this.mel.shape[2];
    if (typeof declared === "number" && declared !== bins) {
      throw new ConnectorError(`${this.open.path} takes ${declared} mel bins, but the configured front end makes ${bins}`);
    }
    this.requireMemory(frames);
    const feeds: Record<string, Tensor> = { [this.mel.name]: fromFloat32(this.mel.type, data, [1, frames, bins]) };
    if (this.lengths !== null) feeds[this.lengths.name] = integerTensor(this.lengths.type, [frames], [1]);
    const outputs = await runGraph(this.open, feeds);
    this.spent.passes += 1;
    return this.checked(outputs, frames);
  }

  async release(): Promise<void> {
    await this.open.session.release();
  }

  /** Every row attends to every other, so that twice the clip takes four times the memory. */
  private requireMemory(frames: number): void {
    const needed = BYTES_PER_PAIR * encodedRows(frames) ** 2;
    if (needed <= this.memory) return;
    const share = Math.sqrt(this.memory / needed);
    throw new AudioError(
      `a clip of ${frames} mel frames takes about ${gibibytes(needed)} in the audio encoder, and run.memory is ${gibibytes(this.memory)}: ` +
        `cut it to ${Math.floor(share * 100)} % of its length, or raise run.memory`,
    );
  }

  private checked(outputs: Readonly<Record<string, Tensor>>, frames: number): Encoding {
    const output = outputs[this.output.name] as Tensor;
    const [, given, hidden] = output.dims as readonly [number, number, number];
    const rows = encodedRows(frames);
    const told = this.outputLengths === null ? rows : Number((outputs[this.outputLengths.name] as Tensor).data[0]);
    if (given < rows || told !== rows) {
      throw new ConnectorError(
        `${this.open.path} gave ${given} rows (${told} by its own count) for ${frames} mel frames, where ${rows} are due`,
      );
    }
    return { rows, hidden, data: toFloat32(output).slice(0, rows * hidden) };
  }
}
