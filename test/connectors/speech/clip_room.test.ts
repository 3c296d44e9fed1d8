import { describe, expect, test } from "vitest";
import type { FrontEnd } from "../../../src/audio/front_ends/front_end.js";
import { ClipRoom } from "../../../src/connectors/speech/clip_room.js";

const MIB = 2 ** 20;
const encoderInput = { frontEnd: { rate: 16_000 } as FrontEnd, framesPerToken: 8, rowsOf: (frames: number) => frames };
/** Float32Array is lazily backed: nothing of it is touched. */
const clip = (mebibytes: number) => ({ wave: new Float32Array((mebibytes * MIB) / 4), raw: null, encoderInput });

describe("ClipRoom", () => {
  test("clips take the budget together, and the one that no longer fits is refused with what there is", () => {
    const room = new ClipRoom(1024 * MIB);
    for (let i = 0; i < 4; i++) room.take(clip(256));
    expect(() => room.take(clip(256))).toThrow(
      "with this clip the conversation has 349.5 minutes of sound, which take 1.3 GiB, and there is 1.0 GiB for it: give fewer or shorter clips, or raise run.memory",
    );
  });

  test("a clip that is named three hundred times counts once, with its spectrogram", () => {
    const named = { ...clip(100), raw: { bins: 128, frames: MIB, data: new Float32Array(128 * MIB * 0.25) } };
    const room = new ClipRoom(512 * MIB);
    for (let i = 0; i < 300; i++) room.take(named);
    room.take(clip(256));
    expect(() => room.take(clip(32))).toThrow(/raise run\.memory/);
  });

  test("a small budget of a batch leaves room for ordinary sound", () => {
    const room = new ClipRoom(MIB);
    room.take(clip(500));
    expect(() => room.take(clip(20))).toThrow(/0\.5 GiB for it/);
  });
});
