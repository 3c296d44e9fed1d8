import { registryOf } from "../../util/registry.js";
import { csv } from "./csv.js";
import { csvOutputs } from "./csv_outputs.js";
import { csvPlayers } from "./csv_players.js";
import { eaf } from "./eaf.js";
import { pdf, png, svg } from "./figures.js";
import { html } from "./html.js";
import { htmlFragment } from "./html_fragment.js";
import { json } from "./json.js";
import { jsonl } from "./jsonl.js";
import { markdown, tex } from "./tables.js";
import { text } from "./text.js";
import { textgrid } from "./textgrid.js";
import { vtt } from "./vtt.js";

/** Every format of results. */
export const FORMATS = registryOf(
  json, //
  jsonl,
  // Before csv, whose ending theirs end with.
  csvPlayers,
  csvOutputs,
  csv,
  text,
  // Before html, whose ending its own ends with.
  htmlFragment,
  html,
  svg,
  png,
  pdf,
  tex,
  markdown,
  textgrid,
  eaf,
  vtt,
);
