import { closeSync } from "node:fs";
import { ConnectorError } from "../errors.js";
import { openRegularSync } from "../repos/door.js";
import { numberAt } from "../util/elements.js";
import { admitData, ELEMENT_BYTES, type GraphNode, type Initializer, type OnnxFile } from "./onnx_file.js";
import { ProtobufFile } from "./protobuf_file.js";
import { halvesToFloat32 } from "./tensors.js";

/** Rows of the input embedding, read from disk as they are asked for. */
export interface EmbeddingTable {
  readonly vocabulary: number;
  readonly hidden: number;
  /** `[ids.length, hidden]` row-major. */
  rows(ids: ArrayLike<number>): Float32Array;
}

/**
 * The matrix that the graph gathers rows of `input_ids` from, or null where it is not kept as plain floats (quantised or
 * computed tables).
 */
export function findEmbeddingTable(onnx: OnnxFile): EmbeddingTable | null {
  const producers = new Map(onnx.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  for (const node of onnx.nodes) {
    if (node.op !== "Gather" || !leadsTo(node.inputs[1], "input_ids", producers)) continue;
    const weight = source(node.inputs[0], producers, onnx);
    if (weight !== null && weight.dims.length === 2 && weight.bytes !== null && [1, 10, 16].includes(weight.elementType))
      return tableOf(onnx.path, weight, weight.bytes);
  }
  return null;
}

/** Follows casts and copies back to a weight. */
function source(name: string | undefined, producers: ReadonlyMap<string, GraphNode>, onnx: OnnxFile): Initializer | null {
  if (name === undefined) return null;
  const weight = onnx.initializers.get(name);
  if (weight !== undefined) return weight;
  const node = producers.get(name);
  return node !== undefined && ["Cast", "Identity"].includes(node.op) ? source(node.inputs[0], producers, onnx) : null;
}

function leadsTo(name: string | undefined, input: string, producers: ReadonlyMap<string, GraphNode>): boolean {
  if (name === input) return true;
  const node = name === undefined ? undefined : producers.get(name);
  return (
    node !== undefined &&
    ["Cast", "Identity", "Reshape", "Unsqueeze", "Squeeze"].includes(node.op) &&
    leadsTo(node.inputs[0], input, producers)
  );
}

/** @throws ConnectorError where its bytes are not as many as its shape says. */
function tableOf(graph: string, weight: Initializer, bytes: NonNullable<Initializer["bytes"]>): EmbeddingTable {
  const [vocabulary, hidden] = weight.dims as readonly [number, number];
  const rowBytes = hidden * (ELEMENT_BYTES[weight.elementType] as number);
  if (vocabulary * rowBytes !== bytes.length)
    throw new ConnectorError(`${graph}: the embedding ${weight.name} of ${vocabulary} × ${hidden} has ${bytes.length} bytes`);
  const path = admitData(graph, bytes.path);
  return {
    vocabulary,
    hidden,
    rows: (ids) => {
      const out = new Float32Array(ids.length * hidden);
      const { descriptor, size } = openRegularSync(path);
      try {
        const file = new ProtobufFile(descriptor, size);
        for (let i = 0; i < ids.length; i++) {
          const id = numberAt(ids, i);
          if (id < 0 || id >= vocabulary) throw new ConnectorError(`token id ${id} has no embedding: valid are 0…${vocabulary - 1}`);
          const start = bytes.offset + id * rowBytes;
          out.set(floats(file.bytes(start, start + rowBytes), weight.elementType), i * hidden);
        }
      } finally {
        closeSync(descriptor);
      }
      return out;
    },
  };
}

/** Little-endian float32, float16 or bfloat16 → float32. */
function floats(bytes: Buffer, elementType: number): Float32Array {
  const aligned = new Uint8Array(bytes).buffer;
  if (elementType === 1) return new Float32Array(aligned);
  const halves = new Uint16Array(aligned);
  return elementType === 10 ? halvesToFloat32(halves) : new Float32Array(Uint32Array.from(halves, (bits) => bits << 16).buffer);
}
