import { selectFrames } from "../front_ends/frames.js";
import { joinKept } from "./cut.js";
import { defineMask } from "./mask.js";

export const dropOriginal = defineMask({
  name: "drop-original",
  summary:
    "its frames leave after the whole clip is normalised, so that the rest still tells how loud it was (the original's order; words leave as with drop)",
  keepsTurn: false,
  on: "sound",
  wave: joinKept,
  frames: (raw, kept, { spare, normalise }) => selectFrames(normalise(raw, raw.frames - spare), kept),
  framesOnly: true,
});
