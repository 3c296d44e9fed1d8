import { registryOf } from "../../util/registry.js";
import { csv } from "./csv.js";
import { html } from "./html.js";
import { htmlFragment } from "./html_fragment.js";
import { json } from "./json.js";
import { jsonl } from "./jsonl.js";
import { text } from "./text.js";

/** Every format of results. */
export const FORMATS = registryOf(
  json, //
  jsonl,
  csv,
  text,
  // Before html, whose ending its own ends with.
  htmlFragment,
  html,
);
