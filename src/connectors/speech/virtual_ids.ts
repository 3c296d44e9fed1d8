import { ConnectorError } from "../../errors.js";

/** The ids of one encoding's rows. */
export interface ClipRange {
  readonly key: string;
  /** Row r has the id `top − r`. */
  readonly top: number;
  /** Ids beyond these rows may be another's. */
  readonly rows: number;
}

/** Ids stay above the engine's mark for a finished row. */
const LOWEST = -0x7fffffff;
/** Clips and frames that are remembered between calls. */
const MOST_CLIPS = 20_000;
const MOST_FRAMES = 100_000;

/**
 * Gives rows of encoded audio and generated frames ids below 0, equal ids iff equal content, so that prompts can be
 * grouped, compared and cached as ids. An id is never given twice: caches of prefixes outlive what is forgotten here. Nothing of a clip
 * is kept but its key: what stands behind an id is the call's to know (`EmbedCall`).
 */
export class VirtualIds {
  private next = -1;
  private readonly byKey = new Map<string, ClipRange>();
  private readonly idOfFrame = new Map<string, number>();
  private readonly frames = new Map<number, Int32Array>();

  /** Ids for the encoding's first `rows` rows at least. @param key equal iff the encoding is. */
  range(key: string, rows: number): ClipRange {
    const known = this.byKey.get(key);
    if (known !== undefined && known.rows >= rows) return known;
    // Masks may take other rows of the same encoding later: room for twice as many costs nothing.
    const room = 2 ** Math.ceil(Math.log2(Math.max(1, rows)));
    const range: ClipRange = { key, top: this.take(room), rows: room };
    // What was asked for last stands last.
    this.byKey.delete(key);
    this.byKey.set(key, range);
    return range;
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

  /** `[codebooks]`; undefined where the id is no frame's. */
  codes(id: number): Int32Array | undefined {
    return this.frames.get(id);
  }

  /**
   * To be called while no call is served: lets go of ids beyond what is worth remembering.
   * @returns whether ids of frames were forgotten.
   */
  rest(): boolean {
    if (this.byKey.size > MOST_CLIPS) {
      const oldest = [...this.byKey.keys()].slice(0, this.byKey.size - MOST_CLIPS / 2);
      for (const key of oldest) this.byKey.delete(key);
    }
    if (this.frames.size <= MOST_FRAMES) return false;
    this.frames.clear();
    this.idOfFrame.clear();
    return true;
  }

  private take(count: number): number {
    const top = this.next;
    this.next -= count;
    if (this.next < LOWEST) throw new ConnectorError("two thousand million pieces of audio were heard by one model: load it anew");
    return top;
  }
}
