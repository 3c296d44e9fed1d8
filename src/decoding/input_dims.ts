import { type Dim, plus, symbol } from "../onnx/numbering/dims.js";
import type { InputDims } from "../onnx/numbering/number_values.js";
import type { NewValue } from "../onnx/onnx_encode.js";
import type { GraphValue } from "../onnx/onnx_file.js";
import { PLACES } from "./discover.js";
import { cacheName } from "./names.js";
import { isStart } from "./start_edit.js";

/** Rows, and tokens that each is fed: one at least. */
const [ROWS, FED] = [symbol("prows"), symbol("pfed")];
/** Positions of the caches, which may be none. */
const PAST = symbol("npast");
/** Of what all rows start with. Where there is nothing, nobody reads it: it stands in a branch that is not taken. */
const START = symbol("pstart");

/**
 * Sizes of a decoder's inputs as passes feed them (`DecoderGraph`): exporters' own names for open sizes are not to be relied upon. Of inputs that are not named here
 * nothing is known.
 * @param grown inputs of caches that grow by what a pass is fed, so that all are of one length.
 */
export function inputDims(inputs: readonly (GraphValue | NewValue)[], grown: ReadonlySet<string>): InputDims {
  const dims = new Map<string, readonly Dim[]>();
  for (const { name, dims: declared } of inputs) {
    const sizes = sizesOf(name, declared, grown);
    if (sizes !== null) dims.set(name, sizes);
  }
  return dims;
}

function sizesOf(name: string, declared: readonly (number | string)[], grown: ReadonlySet<string>): readonly Dim[] | null {
  const [rows = "", second = "", third = ""] = declared;
  const row: Dim = typeof rows === "number" ? rows : ROWS;
  const fed: Dim = typeof second === "number" ? second : FED;
  if (["input_ids", "position_ids"].includes(name) && declared.length === 2) return [row, fed];
  if (name === "inputs_embeds" && declared.length === 3) return [row, fed, numberOr(third, "pwidth")];
  if (name === "attention_mask" && declared.length === 2) return [row, grown.size === 0 ? symbol("nseen") : plus(PAST, fed)];
  if (name === PLACES) return [row, numberOr(second, "pheads"), FED, 3];
  if (isStart(name)) return cacheSizes(1, declared, START);
  return grown.has(name) && cacheName(name, null) !== null ? cacheSizes(row, declared, PAST) : null;
}

const numberOr = (size: number | string, name: string): Dim => (typeof size === "number" ? size : symbol(name));

/** Exactly one size behind the rows is open, that of the positions. */
function cacheSizes(row: Dim, [, ...sizes]: readonly (number | string)[], positions: Dim): readonly Dim[] | null {
  const open = sizes.filter((size) => typeof size !== "number").length;
  return open === 1 ? [row, ...sizes.map((size) => (typeof size === "number" ? size : positions))] : null;
}
