import { BOOL } from "../onnx_encode.js";
import { plus, times } from "./dims.js";
import { cast, constant, constantOfShape, divided, equal, minus, paired, range, where } from "./number_rules.js";
import { alike, type Fact, first, known, type Rule, type Ruled } from "./rule.js";
import {
  concat,
  expand,
  flatten,
  gather,
  gatherElements,
  matMul,
  packedMatMul,
  reduce,
  reshape,
  shapeOf,
  skipNorm,
  slice,
  squeeze,
  transpose,
  unsqueeze,
} from "./shape_rules.js";

const opaquePair = (op: string) => paired((a, b, { opaque }) => opaque(op, a, b));
const compared = (op: string) => paired((a, b, { opaque }) => opaque(op, a, b), BOOL);

/** Operators whose outputs have sizes that follow from the sizes, and the whole numbers, of their inputs. */
const STANDARD: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(
    ["Abs", "Clip", "Cos", "CumSum", "Erf", "Exp", "Gelu", "LayerNormalization", "Log", "Neg", "Not", "Reciprocal", "Relu"]
      .concat([
        "RMSNormalization",
        "RotaryEmbedding",
        "ScatterElements",
        "ScatterND",
        "Sigmoid",
        "Sin",
        "Softmax",
        "Softplus",
        "Sqrt",
        "Tanh",
        "Trilu",
      ])
      .map((op) => [op, alike]),
  ),
  Add: paired(plus),
  And: opaquePair("and"),
  Cast: cast,
  Concat: concat,
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Div: paired(divided),
  Equal: paired(equal, BOOL),
  Expand: expand,
  Flatten: flatten,
  Gather: gather,
  GatherElements: gatherElements,
  Greater: compared(">"),
  GreaterOrEqual: compared("≥"),
  Identity: (ruled) => [first(ruled)],
  IsNaN: (ruled) => known(BOOL, first(ruled).shape),
  Less: compared("<"),
  LessOrEqual: compared("≤"),
  MatMul: matMul,
  Max: opaquePair("max"),
  Min: opaquePair("min"),
  Mul: paired(times),
  Or: opaquePair("or"),
  Pow: opaquePair("pow"),
  Range: range,
  ReduceMax: reduce,
  ReduceMean: reduce,
  ReduceSum: reduce,
  Reshape: reshape,
  Shape: shapeOf,
  Slice: slice,
  Squeeze: squeeze,
  Sub: paired(minus),
  Transpose: transpose,
  Unsqueeze: unsqueeze,
  Where: where,
};

/** Of onnxruntime's own ones. */
const CONTRIBUTED: Readonly<Record<string, Rule>> = {
  FastGelu: alike,
  MatMulNBits: packedMatMul,
  QuickGelu: alike,
  SimplifiedLayerNormalization: alike,
  SkipSimplifiedLayerNormalization: skipNorm,
};

/** Facts of a node's outputs, in their order; nothing of what stands behind the last. */
export function factsOf(ruled: Ruled): readonly Fact[] {
  const { domain, op } = ruled.node;
  // Some exporters call an operator of the runtime's a standard one.
  const rule = domain === "" ? (STANDARD[op] ?? CONTRIBUTED[op]) : domain === "com.microsoft" ? CONTRIBUTED[op] : undefined;
  return rule?.(ruled) ?? [];
}
