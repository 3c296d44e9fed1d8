import { ConnectorError } from "../../errors.js";
import type { ClipInput } from "./prompt.js";

/** What an id below 0 stands for: a row of an encoded clip, or a generated frame `[codebooks]`. */
export type Virtual =
  /** The `rows` ids from `id + row` down stand for the same clip's rows; those beyond may be another's. */
  | { readonly kind: "clip"; readonly clip: ClipInput; readonly row: number; readonly rows: number }
  | { readonly kind: "frame"; readonly codes: Int32Array };

interface Range {
  readonly key: string;
  /** Row r has the id `top − r`. */
  readonly top: number;
  readonly rows: number;
  /** null between calls: a clip holds its samples. */
  clip: ClipInput | null;
}

/** Ids stay above the engine's mark for a finished row. */
const LOWEST = -0x7fffffff;
/** Clips and frames that are remembered between calls. */
const MOST_CLIPS = 20_000;
const MOST_FRAMES = 100_000;

/**
 * Gives rows of encoded audio and generated frames ids below 0, equal ids iff equal content, so that prompts can be
 * grouped, compared and cached as ids. An id is never given twice: caches of prefixes outlive what is forgotten here.
 */
export class VirtualIds {
  private next = -1;
  private readonly byKey = new Map<string, Range>();
  /** By falling `top`. */
  private ranges: Range[] = [];
  private readonly idOfFrame = new Map<string, number>();
  private readonly frames = new Map<number, Int32Array>();

  /** Ids of the clip's `take` rows. */
  clip(clip: ClipInput): Int32Array {
    const last = clip.take[clip.take.length - 1] ?? -1;
    const range = this.range(clip, last + 1);
    range.clip = clip;
    return clip.take.map((row) => range.top - row);
  }

  /** Id of a frame `[codebooks]`, which is copied. */
  frame(codes: Int32Array): number {
    const key = codes.join();
    let id = this.idOfFrame.get(key);
    if (id === undefined) {
      id = this.take(1);
      this.idOfFrame.set(key, id);
      this.frames.set(id, codes.slice());
    }
    return id;
  }

  /** @throws ConnectorError where the id was not given out, or is forgotten. */
  resolve(id: number): Virtual {
    const codes = this.frames.get(id);
    if (codes !== undefined) return { kind: "frame", codes };
    const range = this.rangeOf(id);
    if (range?.clip == null) throw new ConnectorError(`no audio stands behind the id ${id}: its chat is not being answered`);
    return { kind: "clip", clip: range.clip, row: range.top - id, rows: range.rows };
  }

  /**
   * To be called between calls: lets go of clips' samples, and of ids beyond what is worth remembering.
   * @returns whether ids of frames were forgotten.
   */
  rest(): boolean {
    for (const range of this.ranges) range.clip = null;
    if (this.ranges.length > MOST_CLIPS) {
      this.ranges = this.ranges.slice(-MOST_CLIPS / 2);
      this.byKey.clear();
      for (const range of this.ranges) this.byKey.set(range.key, range);
    }
    if (this.frames.size <= MOST_FRAMES) return false;
    this.frames.clear();
    this.idOfFrame.clear();
    return true;
  }

  private range(clip: ClipInput, rows: number): Range {
    const known = this.byKey.get(clip.key);
    if (known !== undefined && known.rows >= rows) return known;
    // Masks may take other rows of the same encoding later: room for twice as many costs nothing.
    const room = 2 ** Math.ceil(Math.log2(Math.max(1, rows)));
    const range: Range = { key: clip.key, top: this.take(room), rows: room, clip };
    this.byKey.set(clip.key, range);
    this.ranges.push(range);
    return range;
  }

  private take(count: number): number {
    const top = this.next;
    this.next -= count;
    if (this.next < LOWEST) throw new ConnectorError("two thousand million pieces of audio were heard by one model: load it anew");
    return top;
  }

  private rangeOf(id: number): Range | null {
    let [low, high] = [0, this.ranges.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.ranges[middle] as Range).top >= id) low = middle + 1;
      else high = middle;
    }
    const range = this.ranges[low - 1];
    return range !== undefined && range.top - id < range.rows ? range : null;
  }
}
