import { registryOf } from "../../util/registry.js";
import { jsonDocument } from "../document.js";
import type { ComparedPair } from "./pair.js";

/** Every format of two results side by side. */
export const PAIR_FORMATS = registryOf(
  jsonDocument<ComparedPair>(({ report }) => report), //
);
