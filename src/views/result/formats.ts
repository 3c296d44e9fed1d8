import { registryOf } from "../../util/registry.js";
import { csv } from "./csv.js";
import { html } from "./html.js";
import { json } from "./json.js";
import { jsonl } from "./jsonl.js";
import { text } from "./text.js";

/** Every format of results. */
export const FORMATS = registryOf(
  json, //
  jsonl,
  csv,
  text,
  html,
);
