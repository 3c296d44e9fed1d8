import { encodeGraph, FLOAT, INT64, integer, message, type NewWeight, text, varint } from "../../src/onnx/onnx_encode.js";

const BOOL = 9;
const floats = (count: number): Uint8Array => new Uint8Array(new Float32Array(count).fill(0.5).buffer);

/** A TensorProto with `external_data` entries, at a `data_location` or none. */
export function tensor(weight: NewWeight, external: Readonly<Record<string, string>>, location: number | null): Uint8Array {
  const { name, type, dims, data } = weight;
  const entries = Object.entries(external).map(([key, value]) => message(13, Buffer.concat([text(1, key), text(2, value)])));
  return Buffer.concat([
    ...dims.map((dim) => integer(1, dim)),
    ...[integer(2, type), text(8, name)],
    ...(data.length === 0 ? [] : [message(9, data)]),
    ...entries,
    ...(location === null ? [] : [integer(14, location)]),
  ]);
}

function model(graph: Uint8Array): Uint8Array {
  const opset = message(8, Buffer.concat([text(1, ""), integer(2, 17)]));
  return Buffer.concat([integer(1, 8), message(7, Buffer.concat([graph, text(2, "g")])), opset]);
}

/** y = x + w, of two numbers; `weight` is the TensorProto of w. */
export function sumGraph(weight: Uint8Array): Uint8Array {
  const graph = encodeGraph({
    nodes: [{ op: "Add", inputs: ["x", "w"], outputs: ["y"] }],
    inputs: [{ name: "x", type: FLOAT, dims: [2] }],
    outputs: [{ name: "y", type: FLOAT, dims: [2] }],
  });
  return model(Buffer.concat([graph, message(5, weight)]));
}

/** A Loop of 2^62 rounds over the value `input`, with the weight of its body as given. */
function loopNode(input: string, output: string, dims: readonly (number | string)[], weight?: Uint8Array): Uint8Array {
  const body = Buffer.concat([
    encodeGraph({
      nodes: [
        { op: "Identity", inputs: ["c"], outputs: ["c2"] },
        { op: "Add", inputs: ["v", "step"], outputs: ["v2"] },
      ],
      weights: weight === undefined ? [{ name: "step", type: FLOAT, dims: [1], data: floats(1) }] : [],
      inputs: [
        { name: "i", type: INT64, dims: [] },
        { name: "c", type: BOOL, dims: [] },
        { name: "v", type: FLOAT, dims },
      ],
      outputs: [
        { name: "c2", type: BOOL, dims: [] },
        { name: "v2", type: FLOAT, dims },
      ],
    }),
    ...(weight === undefined ? [] : [message(5, weight)]),
    text(2, "b"),
  ]);
  const attribute = Buffer.concat([text(1, "body"), message(6, body), integer(20, 5)]);
  const names = [...["rounds", "always", input].map((name) => text(1, name)), text(2, output)];
  return message(1, Buffer.concat([...names, text(4, "Loop"), message(5, attribute)]));
}

const ROUNDS: readonly NewWeight[] = [
  { name: "rounds", type: INT64, dims: [], data: new Uint8Array(BigInt64Array.of(2n ** 62n).buffer) },
  { name: "always", type: BOOL, dims: [], data: Uint8Array.of(1) },
];

/** y = x + ½ + ½ + …, for ever. @param weight TensorProto of the ½ inside of the loop. */
export function endlessGraph(weight?: Uint8Array): Uint8Array {
  const inputs = [{ name: "x", type: FLOAT, dims: [2] }];
  const graph = encodeGraph({ weights: ROUNDS, inputs, outputs: [{ name: "y", type: FLOAT, dims: [2] }] });
  return model(Buffer.concat([loopNode("x", "y", [2], weight), graph]));
}

/** A text decoder whose every pass goes on for ever. */
export function endlessDecoder(vocabulary: number): Uint8Array {
  const dims = ["batch_size", "sequence_length", vocabulary];
  const table = { name: "table", type: FLOAT, dims: [vocabulary, vocabulary], data: floats(vocabulary ** 2) };
  const graph = encodeGraph({
    nodes: [{ op: "Gather", inputs: ["table", "input_ids"], outputs: ["rows"] }],
    weights: [...ROUNDS, table],
    inputs: [{ name: "input_ids", type: INT64, dims: ["batch_size", "sequence_length"] }],
    outputs: [{ name: "logits", type: FLOAT, dims }],
  });
  return model(Buffer.concat([graph, loopNode("rows", "logits", dims)]));
}

/** The beginning of a field that says it is longer than any file. */
export const longField = (field: number): Uint8Array => Buffer.concat([varint(field * 8 + 2), varint(2 ** 50)]);
