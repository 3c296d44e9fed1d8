import { Tensor } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Dim, plus, symbol, times } from "../../../src/onnx/numbering/dims.js";
import { factsOf } from "../../../src/onnx/numbering/facts.js";
import { holdModel } from "../../../src/onnx/numbering/nodes.js";
import { type Fact, factOf, UNKNOWN } from "../../../src/onnx/numbering/rule.js";
import { encodeModel } from "../../../src/onnx/onnx_encode.js";
import { createSession, type Session } from "../../../src/onnx/runtime.js";
import { BOOL, FLOAT, INT32, INT64, type Node, type ValueInfo, type Weight } from "../../support/onnx_writer.js";
import { sizeOf } from "./size_of.js";

/*
 * Every rule is held to the runtime: what it says of a node's outputs, with numbers in the places of its symbols, is what comes out for several sizes.
 */

const [B, S, P] = [symbol("pb"), symbol("ps"), symbol("np")];
const T = plus(P, S);
const OPSETS = { "": 17, "com.microsoft": 1 };
/** Sizes that symbols stand for; a past of nothing among them. */
const SIZES = [
  { pb: 2, ps: 3, np: 0 },
  { pb: 1, ps: 1, np: 4 },
  { pb: 3, ps: 2, np: 7 },
] as const;

const INPUTS: Readonly<Record<string, { readonly type: number; readonly dims: readonly Dim[] }>> = {
  x: { type: FLOAT, dims: [B, S, 8] },
  row: { type: FLOAT, dims: [1, S, 1] },
  heads: { type: FLOAT, dims: [B, 2, S, 4] },
  keys: { type: FLOAT, dims: [B, 2, 4, T] },
  cache: { type: FLOAT, dims: [B, 2, T, 4] },
  ids: { type: INT64, dims: [B, S] },
  yes: { type: BOOL, dims: [B, S, 1] },
};

const ints = (name: string, values: readonly number[], dims: readonly number[] = [values.length], type = INT64): Weight => ({
  name,
  type,
  dims,
  data: new Uint8Array((type === INT64 ? BigInt64Array.from(values, BigInt) : Int32Array.from(values)).buffer),
});
const floats = (name: string, dims: readonly number[]): Weight => {
  const count = dims.reduce((a, b) => a * b, 1);
  return { name, type: FLOAT, dims, data: new Uint8Array(new Float32Array(count).fill(0.5).buffer) };
};
const WEIGHTS: readonly Weight[] = [
  ints("zero", [0], []),
  ints("one", [1], []),
  ints("two", [2], []),
  ints("last", [-1], []),
  ints("v0", [0]),
  ints("v1", [1]),
  ints("v2", [2]),
  ints("v-1", [-1]),
  ints("end", [Number.MAX_SAFE_INTEGER]),
  ints("split", [0, 0, 2, 4]),
  ints("open", [0, -1, 4]),
  ints("picked", [2, 0]),
  ints("short", [1], [], INT32),
  floats("w", [8, 5]),
  floats("scale", []),
  floats("table", [11, 6]),
  floats("norm", [8]),
];

const node = (op: string, inputs: readonly string[], attributes: NonNullable<Node["attributes"]> = {}, output = "y"): Node => ({
  op,
  inputs,
  outputs: [output],
  attributes,
});
/** The sizes of x, and its rows and tokens by themselves. */
const SHAPE = [
  node("Shape", ["x"], {}, "shape"),
  node("Gather", ["shape", "zero"], {}, "rows"),
  node("Gather", ["shape", "one"], {}, "fed"),
];
const shapeOf = (...nodes: readonly Node[]): readonly Node[] => [...SHAPE, ...nodes];

/** @param exact what may be told of the output is told: its sizes, and the numbers of whole ones. */
interface Case {
  readonly nodes: readonly Node[];
  readonly told: "sizes" | "numbers" | "nothing";
}
const sizes = (...nodes: readonly Node[]): Case => ({ nodes, told: "sizes" });
const numbers = (...nodes: readonly Node[]): Case => ({ nodes, told: "numbers" });
const nothing = (...nodes: readonly Node[]): Case => ({ nodes, told: "nothing" });

/** Of one number each. */
const UNARY = [
  "Abs",
  "Clip",
  "Cos",
  "Erf",
  "Exp",
  "Log",
  "Neg",
  "Reciprocal",
  "Relu",
  "Sigmoid",
  "Sin",
  "Softmax",
  "Softplus",
  "Sqrt",
  "Tanh",
  "Trilu",
];
/** Of two side by side. */
const BINARY = ["Add", "Div", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Max", "Min", "Mul", "Pow", "Sub"];

const CASES: Readonly<Record<string, Case>> = {
  ...Object.fromEntries(UNARY.map((op) => [op, sizes(node(op, ["x"]))])),
  ...Object.fromEntries(BINARY.map((op) => [op, sizes(node(op, ["x", "row"]))])),
  "sums as they grow": sizes(node("CumSum", ["x", "one"])),
  "a norm": sizes(node("LayerNormalization", ["x", "norm"], { axis: -1 })),
  "a norm without a mean": sizes(node("SimplifiedLayerNormalization", ["x", "norm"], { axis: -1 })),
  "the largest": sizes(node("ReduceMax", ["x"], { axes: [2], keepdims: 0 })),
  "numbers written out": numbers(node("Constant", [], { value_ints: [3, -4] })),
  "a number written out": numbers(node("Constant", [], { value_int: -7 })),
  "a fraction written out": sizes(node("Constant", [], { value_float: { float: 0.5 } })),
  "number by number": sizes(node("Sigmoid", ["x"])),
  "with one number": sizes(node("Mul", ["x", "scale"])),
  "side by side": sizes(node("Add", ["x", "row"])),
  compared: sizes(node("Less", ["x", "row"])),
  "a product with weights": sizes(node("MatMul", ["x", "w"])),
  "a product of heads": sizes(node("MatMul", ["heads", "keys"])),
  "a product with one row": nothing(node("Squeeze", ["row"], {}, "flat"), node("MatMul", ["flat", "flat"])),
  "turned round": sizes(node("Transpose", ["heads"], { perm: [0, 2, 1, 3] })),
  "turned round wholly": sizes(node("Transpose", ["heads"])),
  "split in heads": sizes(node("Reshape", ["x", "split"])),
  "flattened by what is left": sizes(node("Reshape", ["x", "open"])),
  "to sizes of another": sizes(
    ...shapeOf(
      node("Unsqueeze", ["rows", "v0"], {}, "r"),
      node("Unsqueeze", ["fed", "v0"], {}, "f"),
      node("Concat", ["r", "f", "v-1"], { axis: 0 }, "to"),
      node("Reshape", ["heads", "to"]),
    ),
  ),
  "to as many as there may be none of": nothing(
    node("Shape", ["cache"], { start: 2, end: 3 }, "t"),
    node("Shape", ["x"], { start: 1, end: 2 }, "s"),
    node("Sub", ["t", "s"], {}, "past"),
    node("Concat", ["past", "v-1"], { axis: 0 }, "to"),
    node("Reshape", ["x", "to"]),
  ),
  flat: sizes(node("Flatten", ["x"], { axis: 2 })),
  "one axis more": sizes(node("Unsqueeze", ["x", "picked"])),
  "axes less": sizes(node("Squeeze", ["row", "picked"])),
  "axes less, whichever": nothing(node("Squeeze", ["row"])),
  "behind each other": sizes(node("Concat", ["cache", "heads"], { axis: 2 })),
  "behind each other, from the end": sizes(node("Concat", ["cache", "heads"], { axis: -2 })),
  "rows of a table": sizes(node("Gather", ["table", "ids"])),
  "one of an axis": sizes(node("Gather", ["x", "zero"], { axis: 1 })),
  "some of an axis": sizes(node("Gather", ["x", "picked"], { axis: 2 })),
  "one for each": sizes(
    node("Unsqueeze", ["ids", "v2"], {}, "at"),
    node("Mul", ["at", "zero"], {}, "none"),
    node("GatherElements", ["x", "none"], { axis: 2 }),
  ),
  means: sizes(node("ReduceMean", ["x"], { axes: [-1] })),
  "sums without their axis": sizes(node("ReduceSum", ["x", "v1"], { keepdims: 0 })),
  "the mean of all": nothing(node("ReduceMean", ["x"])),
  "a half": sizes(node("Slice", ["x", "v0", "v2", "v-1"])),
  "to the end": sizes(node("Slice", ["cache", "v0", "end", "v2"])),
  "the rest, and some of what is known": nothing(node("Slice", ["cache", "v1", "end", "v2"])),
  "every other": nothing(node("Slice", ["x", "v0", "end", "v2", "v2"])),
  "spread over rows": sizes(...shapeOf(node("Expand", ["row", "shape"]))),
  "one or the other": sizes(node("Where", ["yes", "x", "scale"])),
  "not a number": sizes(node("IsNaN", ["x"])),
  "its sizes": numbers(node("Shape", ["x"])),
  "some of its sizes": numbers(node("Shape", ["cache"], { start: -2, end: -1 })),
  "a size": numbers(...shapeOf(node("Gather", ["shape", "last"]))),
  "sizes cut": numbers(...shapeOf(node("Slice", ["shape", "v1", "end"]))),
  "sizes cut from the end": numbers(...shapeOf(node("Slice", ["shape", "v-1", "end", "v0", "v1"]))),
  "sizes in another order": numbers(...shapeOf(node("Gather", ["shape", "picked"]))),
  "sums of sizes": numbers(...shapeOf(node("Add", ["rows", "fed"]))),
  "differences of sizes": numbers(...shapeOf(node("Sub", ["fed", "rows"]))),
  "products of sizes": numbers(...shapeOf(node("Mul", ["shape", "two"]))),
  "half of a known size": numbers(...shapeOf(node("Gather", ["shape", "two"], {}, "width"), node("Div", ["width", "two"]))),
  "half of what is even": numbers(...shapeOf(node("Mul", ["fed", "two"], {}, "even"), node("Div", ["even", "two"]))),
  "half of what may be odd": nothing(...shapeOf(node("Div", ["fed", "two"]))),
  "sizes in 32 bits": numbers(...shapeOf(node("Cast", ["shape"], { to: INT32 }))),
  "sizes as yes or no": sizes(...shapeOf(node("Cast", ["shape"], { to: BOOL }))),
  "a list as long as the sizes": sizes(
    node("Shape", ["x"], {}, "shape"),
    node("Shape", ["shape"], {}, "rank"),
    node("ConstantOfShape", ["rank"]),
  ),
  "a size that is not −1": numbers(...shapeOf(node("Equal", ["shape", "v-1"]))),
  "a size that may be 1": sizes(...shapeOf(node("Equal", ["shape", "v1"]))),
  "what is asked for where it is not −1": numbers(
    ...shapeOf(node("Equal", ["shape", "v-1"], {}, "any"), node("Where", ["any", "v1", "shape"])),
  ),
  "copied sizes": numbers(...shapeOf(node("Identity", ["shape"]))),
  "all positions": sizes(...shapeOf(node("Range", ["zero", "fed", "one"]))),
  "positions behind a past": sizes(
    node("Shape", ["cache"], {}, "c"),
    node("Gather", ["c", "two"], {}, "t"),
    node("Shape", ["x"], {}, "s"),
    node("Gather", ["s", "one"], {}, "f"),
    node("Sub", ["t", "f"], {}, "past"),
    node("Range", ["past", "t", "one"]),
  ),
  "an operator that nothing is known of": nothing(node("TopK", ["x", "v2"])),
};

/** What the rules say of `y`. */
function foundBy(nodes: readonly Node[]): Fact {
  const held = holdModel(Buffer.from(encodeModel({ nodes, weights: WEIGHTS }, OPSETS)));
  const facts = new Map<string, Fact>(Object.entries(INPUTS).map(([name, { type, dims }]) => [name, { type, shape: dims, values: null }]));
  for (const [name, weight] of held.weights) facts.set(name, factOf(weight));
  let opaques = 0;
  for (const one of held.nodes) {
    const inputs = one.inputs.map((name) => facts.get(name) ?? null);
    const found = factsOf({ node: one, inputs, opaque: () => symbol(`u${opaques++}`) });
    for (const [place, name] of one.outputs.entries()) facts.set(name, found[place] ?? UNKNOWN);
  }
  return facts.get("y") as Fact;
}

const told = (dims: readonly Dim[] | null): boolean => dims?.every((dim) => typeof dim === "number" || !/u\d/.test(dim)) === true;

describe("what rules say is what the runtime does", () => {
  const sessions = new Map<string, Session>();
  beforeAll(async () => {
    for (const [name, { nodes }] of Object.entries(CASES)) {
      const used = new Set(nodes.flatMap(({ inputs }) => inputs));
      const inputs: readonly ValueInfo[] = Object.entries(INPUTS)
        .filter(([input]) => used.has(input))
        .map(([input, { type, dims }]) => ({
          name: input,
          type,
          dims: dims.map((dim) => (typeof dim === "number" ? dim : dim.replaceAll(/[^a-z]/g, "_"))),
        }));
      // The runtime tells what type it is.
      const y = nodes.at(-1)?.op === "TopK" ? ["y", "places"] : ["y"];
      const last = nodes.at(-1) as Node;
      const graph = {
        inputs,
        outputs: [{ name: "y", type: null, dims: [] }],
        nodes: [...nodes.slice(0, -1), { ...last, outputs: y }],
        weights: WEIGHTS,
      };
      sessions.set(name, await createSession(encodeModel(graph, OPSETS), { intraOpNumThreads: 1, logSeverityLevel: 4 }));
    }
  });
  afterAll(async () => {
    for (const session of sessions.values()) await session.release();
  });

  test.each(Object.keys(CASES))("%s", async (name) => {
    const { nodes, told: wanted } = CASES[name] as Case;
    const { shape, values } = foundBy(nodes);
    expect([told(shape), values !== null && told(values)]).toEqual([wanted !== "nothing" || told(shape), wanted === "numbers"]);
    if (wanted === "nothing") expect(told(shape) && (values === null || told(values))).toBe(false);
    for (const known of SIZES) {
      const session = sessions.get(name) as Session;
      const feeds = Object.fromEntries(
        session.inputNames.map((input) => [input, tensorOf(INPUTS[input] as (typeof INPUTS)[string], known)]),
      );
      if (wanted === "nothing") continue;
      const y = (await session.run(feeds)).y as Tensor;
      expect(y.dims).toEqual(shape?.map((dim) => sizeOf(dim, known)));
      if (wanted === "numbers") expect([...(y.data as BigInt64Array)].map(Number)).toEqual(values?.map((value) => sizeOf(value, known)));
    }
  });
});

function tensorOf({ type, dims }: { readonly type: number; readonly dims: readonly Dim[] }, known: (typeof SIZES)[number]): Tensor {
  const shape = dims.map((dim) => sizeOf(dim, known));
  const count = shape.reduce((a, b) => a * b, 1);
  if (type === FLOAT) return new Tensor("float32", new Float32Array(count).fill(0.25), shape);
  if (type === BOOL) return new Tensor("bool", new Uint8Array(count).fill(1), shape);
  return new Tensor(
    "int64",
    BigInt64Array.from({ length: count }, (_, i) => BigInt(i % 11)),
    shape,
  );
}

test("packed weights tell how many columns a product has", () => {
  const packed: Node = {
    op: "MatMulNBits",
    inputs: ["x", "w"],
    outputs: ["y"],
    attributes: { K: 8, N: 7, bits: 4, block_size: 32 },
    domain: "com.microsoft",
  };
  expect(foundBy([packed]).shape).toEqual([B, S, 7]);
  expect(foundBy([{ ...packed, domain: "somebody.else" }]).shape).toBeNull();
});

test("sizes multiply", () => {
  expect(foundBy([node("Flatten", ["cache"], { axis: 2 })]).shape).toEqual([times(2, B), times(4, T)]);
});
