import { padFrames, selectFrames } from "../front_ends/frames.js";
import { joinKept } from "./cut.js";
import { defineMask } from "./mask.js";

export const drop = defineMask({
  name: "drop",
  summary: "it leaves, and what is left is heard as if it had been recorded that way",
  keepsTurn: false,
  on: "sound",
  wave: joinKept,
  frames(raw, kept, { spare, normalise }) {
    const left = selectFrames(raw, kept.subarray(0, raw.frames - spare));
    return left.frames === 0 ? left : normalise(padFrames(left, left.frames + spare), left.frames);
  },
});
