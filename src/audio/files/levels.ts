/** Windows in which channels are compared. */
const WINDOW_S = 0.1;
/** Of the power that unrelated channels keep when they are averaged: less means that they work against each other. */
const CANCELLED = 0.2;
/** Share of the sound's energy that may lie in such windows. */
const CANCELLED_SHARE = 0.1;
/** Samples that differ by less are silence: two steps of 16 bits. */
const SILENCE = 2 / 2 ** 15;
/** Decoders of lossy formats overshoot full scale, but not so far. */
const OVER = 2;
const NEAR_FULL = 0.985;
/** Where decoders put what was clipped before it was coded; more is loud, not clipped. */
const AROUND_FULL = 1.1;
/** Share of samples in flat tops, and share of all near full scale, of which the latter is 0.11 for the loudest sine. */
const FLAT_SHARE = 0.01;
const FULL_SHARE = 0.25;

type Channels = readonly (Float32Array | Float64Array)[];

/** Averages channels to one, and watches what that and the file's levels do to the sound. */
export class Mixer {
  #channels = 0;
  #samples = 0;
  #same = true;
  #least = Number.POSITIVE_INFINITY;
  #most = Number.NEGATIVE_INFINITY;
  #peak = 0;
  #flat = 0;
  #full = 0;
  #run = 0;
  #last = 0;
  #window = { left: 0, mix: 0, all: 0 };
  #cancelled = 0;
  #energy = 0;

  /** @returns `[samples]`, the mean of the channels. */
  mix(channels: Channels, sampleRate: number): Float32Array {
    const [first] = channels;
    if (first === undefined) return new Float32Array(0);
    this.#channels = Math.max(this.#channels, channels.length);
    this.#samples += first.length;
    const mono = mean(channels, first);
    this.#watchLevels(channels, mono);
    if (channels.length > 1) this.#comparePhases(channels, mono, sampleRate);
    return mono;
  }

  /** @param upmixes whether the decoder makes two equal channels of one. */
  channels(upmixes: boolean): number {
    return upmixes && this.#same && this.#channels === 2 ? 1 : this.#channels;
  }

  /** What the user should know of the clip. */
  notes(): readonly string[] {
    this.#closeWindow();
    const notes: string[] = [];
    const lost = this.#energy > 0 ? this.#cancelled / this.#energy : 0;
    if (lost > CANCELLED_SHARE) {
      notes.push(
        `its channels cancel each other out (opposite phase): ${Math.round(100 * lost)} % of the sound's energy lies where little is left of it ` +
          'after averaging them to one; give a file of one channel, made for instance with: ffmpeg -i IN -af "pan=mono|c0=c0" OUT.wav',
      );
    } else if (this.#most - this.#least < SILENCE) notes.push("it is silent: nothing can be heard in it");
    if (this.#peak > OVER) {
      notes.push(
        `its samples reach ${Number(this.#peak.toPrecision(4))} times full scale, which no loudness does: they look like integers written as floats; divide them (16 bits: by 32768)`,
      );
    } else if (this.#flat > FLAT_SHARE * this.#count || this.#full > FULL_SHARE * this.#count) {
      notes.push(
        `it is clipped: ${Math.round((100 * this.#full) / this.#count)} % of its samples are at full scale; record or scale it lower`,
      );
    }
    return notes;
  }

  get #count(): number {
    return this.#samples * Math.max(1, this.#channels);
  }

  #watchLevels(channels: Channels, mono: Float32Array): void {
    for (const x of mono) {
      if (x < this.#least) this.#least = x;
      if (x > this.#most) this.#most = x;
    }
    for (const channel of channels) {
      for (const x of channel) {
        const size = Math.abs(x);
        if (size > this.#peak) this.#peak = size;
        if (size < NEAR_FULL) {
          this.#run = 0;
          continue;
        }
        if (size <= AROUND_FULL) this.#full++;
        this.#run = x === this.#last && this.#run > 0 ? this.#run + 1 : 1;
        this.#last = x;
        // The third of a row brings the two before it along.
        if (this.#run >= 3) this.#flat += this.#run === 3 ? 3 : 1;
      }
      this.#run = 0;
    }
  }

  #comparePhases(channels: Channels, mono: Float32Array, sampleRate: number): void {
    for (let n = 0; n < mono.length; n++) {
      let all = 0;
      const first = (channels[0] as Float32Array)[n] as number;
      for (const channel of channels) {
        const x = channel[n] as number;
        all += x * x;
        if (x !== first) this.#same = false;
      }
      if (this.#window.left <= 0) {
        this.#closeWindow();
        this.#window = { left: Math.round(WINDOW_S * sampleRate), mix: 0, all: 0 };
      }
      this.#window.left--;
      this.#window.mix += (mono[n] as number) ** 2;
      this.#window.all += all;
    }
  }

  #closeWindow(): void {
    const { mix, all } = this.#window;
    this.#energy += all;
    // Unrelated channels of equal power leave `all / channels²`.
    if (mix * this.#channels ** 2 < CANCELLED * all) this.#cancelled += all;
    this.#window = { left: 0, mix: 0, all: 0 };
  }
}

function mean(channels: Channels, first: Float32Array | Float64Array): Float32Array {
  if (channels.length === 1) return first instanceof Float32Array ? first : Float32Array.from(first);
  const mono = new Float32Array(first.length);
  for (let n = 0; n < mono.length; n++) {
    let sum = 0;
    for (const channel of channels) sum += channel[n] as number;
    mono[n] = sum / channels.length;
  }
  return mono;
}
