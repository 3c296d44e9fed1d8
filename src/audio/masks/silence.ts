import { fillFrames } from "../front_ends/frames.js";
import { silenceRest } from "./cut.js";
import { defineMask } from "./mask.js";

export const silence = defineMask({
  name: "silence",
  summary: "it falls silent, and the clip keeps its length",
  keepsTurn: true,
  on: "sound",
  wave: silenceRest,
  frames: (raw, kept, framewise) => framewise.normalise(fillFrames(raw, kept, framewise.silence), raw.frames - framewise.spare),
});
