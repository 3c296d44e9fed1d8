import { expect, test } from "vitest";
import { holdModel } from "../../../src/onnx/numbering/nodes.js";
import { BOOL, encodeModel, FLOAT, INT32, INT64, integer, message, nodeField, text } from "../../../src/onnx/onnx_encode.js";

const bytesOf = (values: BigInt64Array | Int32Array): Uint8Array => new Uint8Array(values.buffer);
/** TensorProto: dims = 1, data_type = 2, int32_data = 5, int64_data = 7, raw_data = 9. */
const tensor = (type: number, dims: readonly number[], data: Uint8Array): Uint8Array =>
  Buffer.concat([...dims.map((dim) => integer(1, dim)), integer(2, type), data]);
/** AttributeProto: name = 1, i = 3, t = 5, ints = 8. */
const constant = (name: string, value: Uint8Array): Uint8Array =>
  message(1, Buffer.concat([text(2, "y"), text(4, "Constant"), message(5, Buffer.concat([text(1, name), value]))]));
const held = (...nodes: readonly Uint8Array[]) => holdModel(Buffer.from(message(7, Buffer.concat(nodes))));
const valuesOf = (type: number, dims: readonly number[], data: Uint8Array) =>
  held(constant("value", message(5, tensor(type, dims, data)))).nodes[0]?.tensor;

test("whole numbers are read however they are written", () => {
  const raw = message(9, bytesOf(BigInt64Array.of(-1n, 7n, 2n ** 40n, -(2n ** 35n))));
  expect(valuesOf(INT64, [4], raw)?.values).toEqual([-1, 7, 2 ** 40, -(2 ** 35)]);
  expect(valuesOf(INT64, [2], Buffer.concat([integer(7, -3), integer(7, 5)]))?.values).toEqual([-3, 5]);
  expect(valuesOf(INT32, [2], message(9, bytesOf(Int32Array.of(-9, 4))))?.values).toEqual([-9, 4]);
  expect(valuesOf(INT32, [], integer(5, -2))).toMatchObject({ dims: [], values: [-2] });
  expect(valuesOf(BOOL, [2], message(9, Uint8Array.of(0, 1)))?.values).toEqual([0, 1]);
  expect(valuesOf(INT64, [0], message(9, new Uint8Array(0)))?.values).toEqual([]);
});

test("what is no list of few whole numbers is not read", () => {
  expect(valuesOf(FLOAT, [1], message(9, Uint8Array.of(0, 0, 128, 63)))).toMatchObject({ type: FLOAT, dims: [1], values: null });
  expect(valuesOf(INT64, [65], message(9, new Uint8Array(8 * 65)))?.values).toBeNull();
  // Fewer bytes than its sizes say.
  expect(valuesOf(INT64, [2], message(9, new Uint8Array(8)))?.values).toBeNull();
  expect(valuesOf(INT64, [2], integer(7, 1))?.values).toBeNull();
});

test("attributes tell nodes apart", () => {
  const { nodes } = held(
    nodeField({ op: "Concat", inputs: ["a"], outputs: ["b"], attributes: { axis: -1, sizes: [3, -4] } }),
    nodeField({ op: "Concat", inputs: ["a"], outputs: ["c"], attributes: { axis: -1, sizes: [3, -4] } }),
    nodeField({ op: "Concat", inputs: ["a"], outputs: ["d"], attributes: { axis: 1 }, domain: "ai.onnx" }),
    constant("value_float", Buffer.from([0x15, 0, 0, 128, 63])),
    constant("value", message(5, tensor(FLOAT, [500], message(9, new Uint8Array(2000))))),
  );
  const [first, second, third, scalar, weight] = nodes;
  expect(first?.integers).toEqual(new Map([["axis", [-1]], ["sizes", [3, -4]]])); // biome-ignore format: one line
  expect(first?.attributes).toBe(second?.attributes);
  expect(third?.attributes).not.toBe(first?.attributes);
  expect(third).toMatchObject({ domain: "", op: "Concat", inputs: ["a"], outputs: ["d"], nested: null });
  expect(scalar?.tensor).toMatchObject({ type: FLOAT, dims: [], values: null });
  expect(weight?.attributes).toBeNull();
});

test("graphs inside of nodes tell what they read, however deep", () => {
  const inner = { graph: { name: "inner", nodes: [nodeField({ op: "Neg", inputs: ["deep"], outputs: ["i"] })], output: "i" } };
  const outer = {
    graph: {
      name: "outer",
      nodes: [nodeField({ op: "If", inputs: ["also"], outputs: ["o"], attributes: { then_branch: inner } })],
      output: "o",
    },
  };
  const { nodes } = held(nodeField({ op: "If", inputs: ["so"], outputs: ["y"], attributes: { then_branch: outer } }));
  expect([...(nodes[0]?.nested?.names ?? [])].sort()).toEqual(["also", "deep", "i", "o"]);
  expect(nodes[0]?.nested?.bodies.map(({ outputs }) => outputs)).toEqual([["o"]]);
});

test("makers, weights and outputs by their names", () => {
  const model = encodeModel(
    {
      nodes: [{ op: "Split", inputs: ["a"], outputs: ["b", "", "c"] }],
      weights: [{ name: "w", type: INT64, dims: [1], data: bytesOf(BigInt64Array.of(4n)) }],
      outputs: [{ name: "c", type: null, dims: [] }],
    },
    { "": 17 },
  );
  const { makers, weights, outputs } = holdModel(Buffer.from(model));
  expect([...makers.keys()]).toEqual(["b", "c"]);
  expect(weights.get("w")).toEqual({ name: "w", type: INT64, dims: [1], values: [4] });
  expect([...outputs]).toEqual(["c"]);
});

test("bytes that are no model are refused", () => {
  expect(() => holdModel(Buffer.from([0x3a, 0x7f, 1]))).toThrow(RangeError);
  expect(() => held(message(1, Uint8Array.of(0x0a, 0x20)))).toThrow(RangeError);
});
