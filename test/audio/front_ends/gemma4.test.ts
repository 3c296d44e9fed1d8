import { describe, expect, it } from "vitest";
import { GEMMA4, gemma4FrontEnd } from "../../../src/audio/front_ends/gemma4.js";
import type { Mel } from "../../../src/audio/front_ends/mel.js";
import { sine } from "../../support/signals.js";

const { framesOf, soundFrames, features, bins } = gemma4FrontEnd(GEMMA4);

describe("Gemma 4's front end (its numbers are held to torch's in connectors/speech/families)", () => {
  it("frames of the published examples, and how many count", () => {
    expect([16_000, 48_000, 208_000].map((samples) => Math.ceil(soundFrames(samples) / 4))).toEqual([25, 75, 325]);
    expect([208_000, 800].map((samples) => framesOf(samples))).toEqual([1_299, 5]);
    expect([soundFrames(800), soundFrames(100), framesOf(100)]).toEqual([4, 1, 1]);
  });

  it("silence is the logarithm of the floor; frames that do not count are 0", () => {
    const { frames, valid, data } = features(new Float32Array(800)) as Mel;
    expect([frames, valid]).toEqual([5, 4]);
    expect(new Set(data.subarray(0, 4 * bins))).toEqual(new Set([Math.fround(Math.log(1e-3))]));
    expect(new Set(data.subarray(4 * bins))).toEqual(new Set([0]));
  });

  it("sound that comes changes no frame before it", () => {
    const wave = sine(440, 0.5);
    const later = wave.slice();
    later.fill(0, 4_000);
    const [whole, cut] = [(features(wave) as Mel).data, (features(later) as Mel).data];
    // Frame t ends before sample 160 t + 160.
    const same = 24 * bins;
    expect(cut.subarray(0, same)).toEqual(whole.subarray(0, same));
    expect(cut.subarray(same, same + 2 * bins)).not.toEqual(whole.subarray(same, same + 2 * bins));
  });
});
