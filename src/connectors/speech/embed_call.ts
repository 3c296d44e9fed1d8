import { ConnectorError } from "../../errors.js";
import type { RowSource } from "../../onnx/rows.js";
import { joinFloats, joinIds } from "../../util/arrays.js";
import { float32At, itemAt } from "../../util/elements.js";
import type { ClipEncoder, Encoding } from "./clip_encoder.js";
import type { ClipInput, PromptPart } from "./prompt.js";
import type { VirtualIds } from "./virtual_ids.js";

/** Where rows of the decoder's input come from; what is rarely needed is opened when it is. */
export interface EmbeddingSources {
  /** Rows of the vocabulary; null where the decoder looks tokens up itself and is fed rows of sound alone. */
  readonly text: RowSource | null;
  /** Rows of generated codes: row `codebook · codes + code`; null for a model that does not speak. */
  readonly audio: (() => Promise<RowSource>) | null;
  readonly encoder: () => Promise<ClipEncoder>;
  /** Token whose numbers for the decoder's layers stand behind a row of sound, where rows have any. @default 0 */
  readonly soundAs?: number | undefined;
  /** Codes of a frame. */
  readonly codebooks: number;
  /** Values that a code may have, the end of audio among them. */
  readonly codes: number;
}

/** An encoding's ids in this call. */
interface Claim {
  readonly clip: ClipInput;
  readonly top: number;
  readonly rows: number;
}

/** One call of a model: its prompts as ids, and the sound behind them, which nobody else sees and which goes with the call. */
export class EmbedCall {
  /** One id a position: the tokeniser's for text, ids below 0 for audio. */
  readonly prompts: readonly Int32Array[];
  /** By falling `top`. */
  private readonly claims: readonly Claim[];

  constructor(
    private readonly sources: EmbeddingSources,
    private readonly ids: VirtualIds,
    prompts: readonly (readonly PromptPart[])[],
    private readonly signal?: AbortSignal | undefined,
  ) {
    const claims = new Map<number, Claim>();
    this.prompts = prompts.map((parts) => joinIds(parts.map((part) => this.partIds(part, claims))));
    this.claims = [...claims.values()].sort((a, b) => b.top - a.top);
  }

  /** `[ids.length, hidden + layered]` row-major; clips whose encoding is not remembered are encoded first. */
  readonly embed = async (ids: Int32Array): Promise<Float32Array> => {
    const words = [...new Set(ids.filter((id) => id >= 0))];
    const rows = new Map<number, Float32Array>();
    (await this.wordRows(words)).forEach((row, i) => {
      rows.set(itemAt(words, i), row);
    });
    for (const id of ids) if (!rows.has(id)) await this.addVirtual(id, ids, rows);
    const width = rows.get(ids[0] ?? 0)?.length ?? 0;
    const out = new Float32Array(ids.length * width);
    ids.forEach((id, i) => {
      out.set(rows.get(id) as Float32Array, i * width);
    });
    return out;
  };

  private async wordRows(words: readonly number[]): Promise<readonly Float32Array[]> {
    const { text } = this.sources;
    if (text === null && words.length > 0) throw new ConnectorError("the decoder looks tokens up itself: rows of sound alone can be had");
    return (await text?.rows(words)) ?? [];
  }

  private partIds(part: PromptPart, claims: Map<number, Claim>): Int32Array {
    if (part.kind === "text") return part.ids;
    if (part.kind === "audio-out") return this.frameIds(part.codes);
    const { clip } = part;
    const { top, rows } = this.ids.range(clip.key, (clip.take.at(-1) ?? -1) + 1);
    claims.set(top, { clip, top, rows });
    return clip.take.map((row) => top - row);
  }

  /** @param codes `[frames, codebooks]` row-major. */
  private frameIds(codes: Int32Array): Int32Array {
    const { codebooks } = this.sources;
    return Int32Array.from({ length: codes.length / codebooks }, (_, t) =>
      this.ids.frame(codes.subarray(t * codebooks, (t + 1) * codebooks)),
    );
  }

  /** Adds the row of an id below 0 to `rows`, and of a clip all rows that are asked for: it may not stay remembered for long. */
  private async addVirtual(id: number, ids: Int32Array, rows: Map<number, Float32Array>): Promise<void> {
    const codes = this.ids.codes(id);
    if (codes !== undefined) {
      rows.set(id, await this.frameRow(codes));
      return;
    }
    const { clip, top, rows: claimed } = this.claimOf(id);
    this.signal?.throwIfAborted();
    const encoding = await (await this.sources.encoder()).encode(clip);
    const layers = await this.layersOfSound();
    // Ids of another clip, or of a longer range of the same one, follow right below.
    const count = Math.min(claimed, encoding.rows);
    for (const other of ids) {
      const row = top - other;
      if (row >= 0 && row < count) rows.set(other, this.encodedRow(encoding, row, layers));
    }
    if (!rows.has(id)) throw new ConnectorError(`row ${top - id} of a clip was asked for, whose encoding has ${encoding.rows}`);
  }

  private claimOf(id: number): Claim {
    let [low, high] = [0, this.claims.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.claims[middle] as Claim).top >= id) low = middle + 1;
      else high = middle;
    }
    const claim = this.claims[low - 1];
    if (claim !== undefined && claim.top - id < claim.rows) return claim;
    throw new ConnectorError(`no audio stands behind the id ${id} in this call`);
  }

  /** `[layered]`; null where there is no such thing. */
  private async layersOfSound(): Promise<Float32Array | null> {
    const { text, soundAs = 0 } = this.sources;
    if (text === null || (text.layered ?? 0) === 0) return null;
    const [row] = await text.rows([soundAs]);
    return (row as Float32Array).subarray(text.hidden);
  }

  private encodedRow({ hidden, data }: Encoding, row: number, layers: Float32Array | null): Float32Array {
    const wanted = this.sources.text?.hidden ?? hidden;
    if (hidden !== wanted)
      throw new ConnectorError(`the audio encoder gives rows of ${hidden}, but the decoder's embeddings have ${wanted}`);
    const own = data.subarray(row * hidden, (row + 1) * hidden);
    return layers === null ? own : joinFloats([own, layers]);
  }

  /** Σ over codebooks of the row of each code. */
  private async frameRow(codes: Int32Array): Promise<Float32Array> {
    if (this.sources.audio === null) throw new ConnectorError("this model does not speak: it has no rows for frames of sound");
    const audio = await this.sources.audio();
    const sum = new Float32Array(audio.hidden);
    for (const row of await audio.rows(Array.from(codes, (code, c) => c * this.sources.codes + code))) {
      for (let i = 0; i < sum.length; i++) sum[i] = float32At(sum, i) + float32At(row, i);
    }
    return sum;
  }
}
