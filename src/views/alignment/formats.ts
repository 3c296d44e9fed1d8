import { registryOf } from "../../util/registry.js";
import { audacity } from "./audacity.js";
import { csv } from "./csv.js";
import { json } from "./json.js";
import { srt } from "./srt.js";
import { svg } from "./svg.js";
import { text } from "./text.js";
import { textgrid } from "./textgrid.js";
import { vtt } from "./vtt.js";

/** Every format of alignments. */
export const ALIGNMENT_FORMATS = registryOf(
  text, //
  json,
  csv,
  textgrid,
  srt,
  vtt,
  audacity,
  svg,
);
