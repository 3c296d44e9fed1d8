import { FLOAT, FLOAT16, type Graph, INT64, type Node, type Weight } from "./onnx_writer.js";

export interface SoundGraph {
  readonly hidden: number;
  readonly placeholder: number;
  /** Axes of the rows. @default 2 */
  readonly rank?: 2 | 3;
  /** Rows are float16. @default false */
  readonly half?: boolean;
  /** Rows go along the batch first: no graph should, and none that does may be batched. @default false */
  readonly columnsFirst?: boolean;
}

const CODEBOOKS = 12;

/** A decoder of ids that takes rows of sound beside them, and codes that it makes nothing of. */
export function withSound({ hidden, placeholder, rank = 2, half = false, columnsFirst = false }: SoundGraph): (graph: Graph) => Graph {
  return ({ inputs, outputs, nodes, weights }) => {
    const at = nodes.findIndex(({ op, inputs: [, ids] }) => op === "Gather" && ids === "input_ids");
    const gather = nodes[at] as Node;
    const turned = (name: string): Node => ({ op: "Transpose", inputs: [name], outputs: [`${name}.turned`], attributes: { perm: [1, 0] } });
    const turn = columnsFirst ? ".turned" : "";
    const placed: Node[] = [
      { ...gather, outputs: ["words"] },
      { op: "Equal", inputs: ["input_ids", "place"], outputs: ["there"] },
      { op: "Cast", inputs: ["there"], outputs: ["ones"], attributes: { to: INT64 } },
      ...(columnsFirst ? [turned("ones")] : []),
      { op: "Shape", inputs: [`ones${turn}`], outputs: ["shape"] },
      { op: "Reshape", inputs: [`ones${turn}`, "flat_shape"], outputs: ["flat"] },
      { op: "CumSum", inputs: ["flat", "zero"], outputs: ["nth"] },
      { op: "Reshape", inputs: ["nth", "shape"], outputs: ["at"] },
      ...(columnsFirst ? [turned("at")] : []),
      { op: "Mul", inputs: [`at${turn}`, "ones"], outputs: ["row"] },
      { op: "Cast", inputs: ["audio_features"], outputs: ["features"], attributes: { to: FLOAT } },
      { op: "Reshape", inputs: ["features", "rows_shape"], outputs: ["rows"] },
      { op: "Concat", inputs: ["no_row", "rows"], outputs: ["table"], attributes: { axis: 0 } },
      { op: "Gather", inputs: ["table", "row"], outputs: ["heard"] },
      { op: "Unsqueeze", inputs: ["there", "last_axis"], outputs: ["there.rows"] },
      { op: "Where", inputs: ["there.rows", "heard", "words"], outputs: gather.outputs },
    ];
    return {
      inputs: [
        ...inputs,
        { name: "audio_features", type: half ? FLOAT16 : FLOAT, dims: [...(rank === 3 ? [1] : []), "rows", hidden] },
        { name: "audio_out_codes", type: INT64, dims: ["frames", CODEBOOKS] },
      ],
      outputs,
      nodes: [...nodes.slice(0, at), ...placed, ...nodes.slice(at + 1)],
      weights: [
        ...weights,
        integers("place", [placeholder], []),
        integers("zero", [0], []),
        integers("flat_shape", [-1], [1]),
        integers("rows_shape", [-1, hidden], [2]),
        integers("last_axis", [2], [1]),
        { name: "no_row", type: FLOAT, dims: [1, hidden], data: new Uint8Array(4 * hidden) },
      ],
    };
  };
}

/** The same graph with other names of inputs and outputs. */
export function renamed(names: Readonly<Record<string, string>>): (graph: Graph) => Graph {
  const named = (name: string): string => names[name] ?? name;
  return ({ inputs, outputs, nodes, weights }) => ({
    inputs: inputs.map((value) => ({ ...value, name: named(value.name) })),
    outputs: outputs.map((value) => ({ ...value, name: named(value.name) })),
    nodes: nodes.map((node) => ({ ...node, inputs: node.inputs.map(named), outputs: node.outputs.map(named) })),
    weights,
  });
}

const integers = (name: string, values: readonly number[], dims: readonly number[]): Weight => ({
  ...{ name, type: INT64, dims },
  data: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
});
