import { float64At, numberAt } from "../util/elements.js";

/** Where a line stands in its file. Bytes. */
export interface Place {
  readonly at: number;
  readonly bytes: number;
}

const SMALLEST = 16;

/**
 * Where the lines of a file stand, by fingerprint: a hash table in typed arrays, 20 to 45 bytes a line, whatever the line holds. A place that it names may
 * be another fingerprint's (one in 2³² is): the line itself tells.
 */
export class LineIndex {
  private tags = new Uint32Array(SMALLEST);
  private lengths = new Uint32Array(SMALLEST);
  /** One more than the place; 0 where there is none. */
  private starts = new Float64Array(SMALLEST);
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** A fingerprint may have several lines. */
  add(fingerprint: string, { at, bytes }: Place): void {
    if (4 * (this.count + 1) > 3 * this.starts.length) this.grow();
    this.put(tagOf(fingerprint), at + 1, bytes);
    this.count++;
  }

  /** In the order that they were added in, so that the first of several answers stays the one that is taken. */
  *places(fingerprint: string): Generator<Place, void, undefined> {
    const tag = tagOf(fingerprint);
    for (let slot = this.home(tag); float64At(this.starts, slot) !== 0; slot = this.next(slot)) {
      if (this.tags[slot] === tag) yield { at: float64At(this.starts, slot) - 1, bytes: numberAt(this.lengths, slot) };
    }
  }

  private put(tag: number, start: number, bytes: number): void {
    let slot = this.home(tag);
    while (this.starts[slot] !== 0) slot = this.next(slot);
    this.tags[slot] = tag;
    this.lengths[slot] = bytes;
    this.starts[slot] = start;
  }

  private grow(): void {
    const { tags, lengths, starts } = this;
    const slots = 2 * starts.length;
    this.tags = new Uint32Array(slots);
    this.lengths = new Uint32Array(slots);
    this.starts = new Float64Array(slots);
    // From behind a gap on, so that no run of slots, which may go on from the end to the begin, is entered in its middle.
    const gap = starts.indexOf(0);
    for (let step = 1; step < starts.length; step++) {
      const slot = (gap + step) % starts.length;
      const start = float64At(starts, slot);
      if (start !== 0) this.put(numberAt(tags, slot), start, numberAt(lengths, slot));
    }
  }

  private home(tag: number): number {
    return tag & (this.starts.length - 1);
  }

  private next(slot: number): number {
    return (slot + 1) & (this.starts.length - 1);
  }
}

/** Fingerprints are digests, whose digits are as good as random. */
function tagOf(fingerprint: string): number {
  return Number.parseInt(fingerprint.slice(-8), 16) >>> 0;
}
