import { AudioError } from "../../errors.js";
import { gibibytes } from "../../util/sizes.js";
import type { Clip } from "./clip.js";

/** What clips may take whatever the budget: some two hours of sound. */
const LEAST_BYTES = 2 ** 29;
const DEFAULT_BYTES = 4 * 2 ** 30;

/** Room for the clips of one chat, samples and spectrograms; what is named several times counts once. */
export class ClipRoom {
  readonly #most: number;
  readonly #counted = new WeakSet<Float32Array>();
  #bytes = 0;
  #seconds = 0;

  /** @param bytes the budget of memory. @default 4 GiB */
  constructor(bytes: number = DEFAULT_BYTES) {
    this.#most = Math.max(LEAST_BYTES, bytes);
  }

  /** @throws AudioError where the clip and those before it take more than there is. */
  take({ wave, raw, encoderInput }: Pick<Clip, "wave" | "raw" | "encoderInput">): void {
    if (this.#counted.has(wave)) return;
    this.#counted.add(wave);
    this.#bytes += wave.byteLength + (raw?.data.byteLength ?? 0);
    this.#seconds += wave.length / encoderInput.frontEnd.rate;
    if (this.#bytes <= this.#most) return;
    throw new AudioError(
      `with this clip the conversation has ${(this.#seconds / 60).toFixed(1)} minutes of sound, which take ${gibibytes(this.#bytes)}, and there is ` +
        `${gibibytes(this.#most)} for it: give fewer or shorter clips, or raise run.memory`,
    );
  }
}
