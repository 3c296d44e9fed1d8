import { type Renamed, type Replacement, renamedNodes } from "../onnx/graph_edit.js";
import { integerWeight, type NewGraph, type NewNode, type NewValue, type NewWeight, nodeField } from "../onnx/onnx_encode.js";
import type { GraphNode, GraphValue, OnnxFile } from "../onnx/onnx_file.js";
import { type AttentionNodes, readAttention, type Scale } from "./attention_nodes.js";

/** Before the name of a cache's input: what all rows start with. */
const START = "mllm_shap.start.";

export const startName = (cache: string): string => START + cache;
export const isStart = (input: string): boolean => input.startsWith(START);

/** Beside a cache's input, `[rows, heads, tokens, head dim]`. */
export function startInput({ name, elementType, dims }: GraphValue): NewValue {
  return { name: startName(name), type: elementType, dims: [1, dims[1] ?? "", "start", dims[3] ?? ""] };
}

/** Some of the attention's nodes are as they are meant from this version on. */
const LEAST_OPSET = 15;

const NAME = "mllm_shap.starts.";
const [THERE, ZERO, END, AXIS] = ["there", "zero", "end", "axis"].map((name) => `${NAME}${name}`) as [string, string, string, string];

/** What makes a graph's attention read a start that all rows share. */
export interface StartEdit {
  readonly additions: NewGraph;
  readonly replacements: readonly Replacement[];
}

/**
 * Attention to what all rows of a pass start with, which stands once, `[1, heads, tokens, head dim]` for each cache, before what stands in
 * the caches of the rows. Else every row has a copy, which every pass joins with what it adds, and gives to each head of a group: more than the
 * arithmetic, behind a long start.
 *
 * Scores of both are joined before their softmax. Weighted values are added up in two parts: where kernels add up so many positions at a time
 * (`positionsAddedUp`), a start ends with a part, and the rest is one part, the sums are those of the graph as it stands to the last bit. Without a
 * start the graph is as it stands.
 * @param updates `cacheUpdates`.
 * @returns null where the graph's attention is not understood, or how many heads its caches have, and how large.
 */
export function startEdit(onnx: OnnxFile, updates: ReadonlyMap<string, string>): StartEdit | null {
  const layers = onnx.opset < LEAST_OPSET ? null : readAttention(onnx, updates);
  const [first] = layers ?? [];
  if (layers === null || first === undefined) return null;
  const weights: NewWeight[] = [integerWeight(ZERO, [0]), integerWeight(END, [Number.MAX_SAFE_INTEGER]), integerWeight(AXIS, [3])];
  const caches = onnx.inputs.filter(({ name }) => updates.has(name));
  if (caches.some(({ dims: [, heads, , size] }) => typeof heads !== "number" || typeof size !== "number")) return null;
  const replacements = layers.flatMap((layer, i) => {
    const cache = caches.find(({ name }) => name === layer.pastKey);
    const [, heads, , size] = cache?.dims ?? [];
    const name = `${NAME}${i}.`;
    weights.push(integerWeight(`${name}grouped`, [0, Number(heads), -1, Number(size)]), integerWeight(`${name}size`, [Number(size)]));
    return branched(onnx, layer, name);
  });
  const nodes: readonly NewNode[] = [
    { op: "Shape", inputs: [startName(first.pastKey)], outputs: [`${NAME}tokens`], attributes: { start: 2, end: 3 } },
    { op: "Greater", inputs: [`${NAME}tokens`, ZERO], outputs: [THERE] },
  ];
  return {
    additions: { nodes, weights, inputs: caches.map((cache) => startInput(cache)) },
    replacements,
  };
}

/**
 * Positions whose weighted values the runtime's kernel adds up before it adds the sum to what it has: products of matrices are cut so, by how wide
 * the right one is. Another kernel shows itself where a start is tried.
 */
export function positionsAddedUp(headDim: number): number {
  let [positions, columns] = [128, 128];
  while (columns > 16 && columns / 2 >= headDim) [positions, columns] = [2 * positions, columns / 2];
  return positions;
}

/** A layer's nodes from its softmax to the weighted values, in a branch of their own beside those that read a start. */
function branched(onnx: OnnxFile, layer: AttentionNodes, name: string): readonly Replacement[] {
  const [out = ""] = layer.mixed.outputs;
  const alone = `${name}alone`;
  const nodes = [...layer.weighted, layer.mixed];
  const asTheyAre = renamedNodes(
    onnx.path,
    nodes.map((node) => ({ node, names: new Map([[out, alone]]) })),
  );
  const both = joined(onnx, layer, name);
  const branch: NewNode = {
    op: "If",
    inputs: [THERE],
    outputs: [out],
    attributes: {
      then_branch: { graph: { name: `${name}then`, nodes: both, output: `${name}both` } },
      else_branch: { graph: { name: `${name}else`, nodes: asTheyAre, output: alone } },
    },
  };
  return nodes.map(({ bytes }, i) => ({ ...bytes, bytes: i === nodes.length - 1 ? nodeField(branch) : new Uint8Array(0) }));
}

/**
 * Scores of a start, `[B, cached heads, rows of a group, tokens]`, made step by step as the others are: the runtime makes one operator of a product and
 * the scales next to it, which rounds otherwise than several.
 */
function startScores(
  onnx: OnnxFile,
  layer: AttentionNodes,
  name: string,
): { readonly nodes: readonly Uint8Array[]; readonly output: string } {
  const of = (part: string): string => `${name}${part}`;
  const scales = (tensor: string, by: readonly Scale[]): readonly NewNode[] =>
    by.map((scale, i) => ({ op: scale.op, inputs: [`${tensor}.${i}`, scale.by], outputs: [`${tensor}.${i + 1}`] }));
  const nodes: readonly NewNode[] = [
    // Heads of a group are neighbours: their queries are as many rows to the one head that they share.
    { op: "Reshape", inputs: [layer.queries, of("grouped")], outputs: [of("queries.0")] },
    ...scales(of("queries"), layer.queryScales),
    { op: "Transpose", inputs: [startName(layer.pastKey)], outputs: [of("keys.0")], attributes: { perm: [0, 1, 3, 2] } },
    ...scales(of("keys"), layer.keyScales),
    {
      op: "MatMul",
      inputs: [of(`queries.${layer.queryScales.length}`), of(`keys.${layer.keyScales.length}`)],
      outputs: [of("product")],
    },
  ];
  const [raw = ""] = layer.product.outputs;
  const scored = chain(layer.scored, [[raw, of("product")]], of("scored"));
  const output = layer.scored.length === 0 ? of("product") : of(`scored.${layer.scored.length - 1}`);
  return { nodes: [...nodes.map(nodeField), ...renamedNodes(onnx.path, scored)], output };
}

/** The nodes that read a start as well. */
function joined(onnx: OnnxFile, layer: AttentionNodes, name: string): readonly Uint8Array[] {
  const { nodes, output: scores } = startScores(onnx, layer, name);
  const of = (part: string): string => `${name}${part}`;
  const [key, value] = [startName(layer.pastKey), startName(layer.pastValue)];
  const before: readonly NewNode[] = [
    { op: "Shape", inputs: [layer.queries], outputs: [of("rows")], attributes: { start: 0, end: 3 } },
    { op: "Shape", inputs: [key], outputs: [of("tokens")], attributes: { start: 2, end: 3 } },
    { op: "Concat", inputs: [of("rows"), of("tokens")], outputs: [of("scores.shape")], attributes: { axis: 0 } },
    { op: "Reshape", inputs: [scores, of("scores.shape")], outputs: [of("scores")] },
    { op: "Concat", inputs: [of("scores"), layer.masked], outputs: [of("all")], attributes: { axis: 3 } },
  ];
  const weighted = chain(layer.weighted, [[layer.masked, of("all")]], of("weighted"));
  const weights = weighted.at(-1)?.names.get(layer.weights) ?? "";
  const behind: readonly NewNode[] = [
    { op: "Slice", inputs: [weights, ZERO, of("tokens"), AXIS], outputs: [of("weights.start")] },
    { op: "Slice", inputs: [weights, of("tokens"), END, AXIS], outputs: [of("weights.own")] },
    { op: "Shape", inputs: [scores], outputs: [of("grouped.shape")] },
    { op: "Reshape", inputs: [of("weights.start"), of("grouped.shape")], outputs: [of("weights.grouped")] },
    { op: "MatMul", inputs: [of("weights.grouped"), value], outputs: [of("mixed.grouped")] },
    { op: "Concat", inputs: [of("rows"), of("size")], outputs: [of("mixed.shape")], attributes: { axis: 0 } },
    { op: "Reshape", inputs: [of("mixed.grouped"), of("mixed.shape")], outputs: [of("mixed.start")] },
    { op: "MatMul", inputs: [of("weights.own"), layer.values], outputs: [of("mixed.own")] },
    { op: "Add", inputs: [of("mixed.start"), of("mixed.own")], outputs: [of("both")] },
  ];
  return [...nodes, ...before.map(nodeField), ...renamedNodes(onnx.path, weighted), ...behind.map(nodeField)];
}

/** Nodes one behind the other, all of whose outputs have other names. */
function chain(nodes: readonly GraphNode[], start: readonly (readonly [string, string])[], name: string): readonly Renamed[] {
  const names = new Map(start);
  nodes.forEach(({ outputs }, i) => {
    for (const output of outputs) names.set(output, `${name}.${i}`);
  });
  return nodes.map((node) => ({ node, names }));
}
