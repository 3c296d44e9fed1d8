import { ConnectorError } from "../../errors.js";
import type { RowSource } from "../../onnx/rows.js";
import { joinIds } from "../../util/arrays.js";
import type { ClipEncoder, Encoding } from "./clip_encoder.js";
import type { PromptPart } from "./prompt.js";
import { VirtualIds } from "./virtual_ids.js";

/** Where rows of the decoder's input come from; what is rarely needed is opened when it is. */
export interface EmbeddingSources {
  /** Rows of the vocabulary. */
  readonly text: RowSource;
  /** Rows of generated codes: row `codebook · codes + code`. */
  readonly audio: () => Promise<RowSource>;
  readonly encoder: () => Promise<ClipEncoder>;
  /** Codes of a frame. */
  readonly codebooks: number;
  /** Values that a code may have, the end of audio among them. */
  readonly codes: number;
}

/** Turns prompts into ids, and ids into what the decoder is fed. */
export class Embedder {
  readonly ids = new VirtualIds();
  /** Of the call that is being served: encoding many clips takes a while. */
  signal: AbortSignal | undefined;

  constructor(private readonly sources: EmbeddingSources) {}

  /** One id a position: the tokeniser's for text, ids below 0 for audio. */
  promptIds(parts: readonly PromptPart[]): Int32Array {
    return joinIds(
      parts.map((part) => {
        if (part.kind === "text") return part.ids;
        return part.kind === "audio-in" ? this.ids.clip(part.clip) : this.frameIds(part.codes);
      }),
    );
  }

  /** @param codes `[frames, codebooks]` row-major. */
  frameIds(codes: Int32Array): Int32Array {
    const { codebooks } = this.sources;
    return Int32Array.from({ length: codes.length / codebooks }, (_, t) =>
      this.ids.frame(codes.subarray(t * codebooks, (t + 1) * codebooks)),
    );
  }

  /** `[ids.length, hidden]` row-major; clips whose encoding is not remembered are encoded first. */
  async embed(ids: Int32Array): Promise<Float32Array> {
    const { text } = this.sources;
    const words = [...new Set(ids.filter((id) => id >= 0))];
    const rows = new Map<number, Float32Array>();
    (await text.rows(words)).forEach((row, i) => {
      rows.set(words[i] as number, row);
    });
    for (const id of ids) if (!rows.has(id)) await this.addVirtual(id, ids, rows);
    const out = new Float32Array(ids.length * text.hidden);
    ids.forEach((id, i) => {
      out.set(rows.get(id) as Float32Array, i * text.hidden);
    });
    return out;
  }

  /** Adds the row of an id below 0 to `rows`, and of a clip all rows that are asked for: it may not stay remembered for long. */
  private async addVirtual(id: number, ids: Int32Array, rows: Map<number, Float32Array>): Promise<void> {
    const virtual = this.ids.resolve(id);
    if (virtual.kind === "frame") {
      rows.set(id, await this.frameRow(virtual.codes));
      return;
    }
    this.signal?.throwIfAborted();
    const encoding = await (await this.sources.encoder()).encode(virtual.clip);
    const top = id + virtual.row;
    // Ids of another clip, or of a longer range of the same one, follow right below.
    const count = Math.min(virtual.rows, encoding.rows);
    for (const other of ids) {
      const row = top - other;
      if (row >= 0 && row < count) rows.set(other, this.encodedRow(encoding, row));
    }
    if (!rows.has(id)) throw new ConnectorError(`row ${virtual.row} of a clip was asked for, whose encoding has ${encoding.rows}`);
  }

  private encodedRow({ hidden, data }: Encoding, row: number): Float32Array {
    const wanted = this.sources.text.hidden;
    if (hidden !== wanted)
      throw new ConnectorError(`the audio encoder gives rows of ${hidden}, but the decoder's embeddings have ${wanted}`);
    return data.subarray(row * hidden, (row + 1) * hidden);
  }

  /** Σ over codebooks of the row of each code. */
  private async frameRow(codes: Int32Array): Promise<Float32Array> {
    const audio = await this.sources.audio();
    const sum = new Float32Array(audio.hidden);
    for (const row of await audio.rows(Array.from(codes, (code, c) => c * this.sources.codes + code))) {
      for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (row[i] as number);
    }
    return sum;
  }
}
