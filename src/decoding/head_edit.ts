import { type Replacement, renamedNodes } from "../onnx/graph_edit.js";
import { FLOAT, INT64, integerWeight, type NewGraph, type NewNode, type NewWeight, nodeField } from "../onnx/onnx_encode.js";
import type { GraphNode, OnnxFile } from "../onnx/onnx_file.js";

/** Inputs of graphs whose head was changed: which positions get logits, and of which token each of them is scored. */
export const PICKED = "mllm_shap.picked";
export const SCORED = "mllm_shap.scored";

/** Outputs that tell a token's log-probability without all the logits: the token's, the highest, and Σ exp(logit − highest) in parts. */
export const SCORES = { own: "mllm_shap.own", highest: "mllm_shap.highest", parts: "mllm_shap.parts" } as const;

/** What makes a graph compute the logits of the positions that are asked for, and no others. */
export interface HeadEdit {
  readonly additions: NewGraph;
  readonly replacement: Replacement;
}

/** From this version on there are all operators that are added; later ones take axes as an input. */
const LEAST_OPSET = 11;
const SUM_AXES_OPSET = 13;
const MAX_AXES_OPSET = 18;
/** Products of hidden states with the weights of all tokens, each position by itself. */
const HEADS = ["MatMul", "MatMulNBits"];
/** What may stand behind such a product: number by number, the others known beforehand. */
const ELEMENTWISE = ["Cast", "Identity", "Add", "Sub", "Mul", "Div", "Tanh"];
/** Operators between weights and what is made of them: a table is turned round, unpacked, or cast. */
const DEEPEST = 8;
/** Operators between the product and logits. */
const MOST_BEHIND = 32;
/** Logits that are added up in float32 at most. */
const LONGEST_PART = 256;
/** Parts are a multiple of these: all begin alike in the kernels' vectors, and are added up in the same order wherever their row stands. */
const VECTOR = 16;

const FLAT = "mllm_shap.head.flat";
const HIDDEN = "mllm_shap.head.hidden";

/**
 * The head of a decoder, so changed that hidden states are picked before they are multiplied with the weights of all tokens. Logits become
 * `[1, picked, vocabulary]`: those that nobody reads are neither computed nor copied out of the runtime. Beside them stands what scores need of
 * them, `SCORES`, which is copied out in their place.
 *
 * Exponentials are added up in float32 over parts of at most 256 logits; whoever adds the parts up in float64 has log-probabilities
 * whose rounding is that of the logits themselves. (Added up in one go in float32, as `LogSoftmax` does, small ones are lost beside the sum of the others.)
 * @param logits their name.
 * @param least entries of a vocabulary from which on this is worth it.
 * @returns null where the vocabulary is smaller or not told, or the graph's nodes do not end in such a head.
 */
export function pickedHead(onnx: OnnxFile, logits: string, least: number): HeadEdit | null {
  const head = onnx.opset < LEAST_OPSET ? null : headOf(onnx, logits);
  const told = onnx.outputs.find(({ name }) => name === logits)?.dims[2];
  const vocabulary = typeof told === "number" ? told : onnx.initializers.get(head?.inputs[1] ?? "")?.dims[1];
  if (head === null || vocabulary === undefined || vocabulary < least) return null;
  const [hidden = ""] = head.inputs;
  const picks: readonly NewNode[] = [
    { op: "Flatten", inputs: [hidden], outputs: [FLAT], attributes: { axis: 2 } },
    { op: "Gather", inputs: [FLAT, PICKED], outputs: [HIDDEN], attributes: { axis: 0 } },
  ];
  const { nodes, weights } = scores(logits, vocabulary, onnx.opset);
  return {
    additions: {
      nodes,
      weights,
      inputs: [
        { name: PICKED, type: INT64, dims: [1, "picked"] },
        ...(nodes.length === 0 ? [] : [{ name: SCORED, type: INT64, dims: [1, "picked", 1] }]),
      ],
      outputs: nodes.length === 0 ? [] : Object.values(SCORES).map((name) => ({ name, type: null, dims: [] })),
    },
    replacement: {
      ...head.bytes,
      bytes: Buffer.concat([...picks.map(nodeField), ...renamedNodes(onnx.path, [{ node: head, names: new Map([[hidden, HIDDEN]]) }])]),
    },
  };
}

/** The product whose numbers logits are, one by one; null where nothing else may be in between. */
function headOf({ nodes, initializers }: OnnxFile, logits: string): GraphNode | null {
  const makers = new Map<string, GraphNode>();
  for (const node of nodes) for (const output of node.outputs) makers.set(output, node);
  // Weights themselves, or what is made of them, as of an embedding table that is the head's weight as well.
  const known = (name: string, depth = 0): boolean => {
    const maker = makers.get(name);
    if (maker === undefined) return initializers.has(name);
    const made = depth < DEEPEST && maker.inputs.length > 0 && maker.inputs.every((input) => known(input, depth + 1));
    return maker.op === "Constant" || made;
  };
  // Whoever reads logits inside of the graph may want them all.
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  let name = logits;
  if (read.has(name)) return null;
  // No graph has as many, but for one that goes round.
  for (let behind = 0; behind < MOST_BEHIND; behind++) {
    const node = makers.get(name);
    if (node === undefined) return null;
    const [first = "", ...others] = node.inputs;
    if (HEADS.includes(node.op) && others.every((input) => input === "" || known(input))) return known(first) ? null : node;
    const [from, ...more] = node.inputs.filter((input) => !known(input));
    if (!ELEMENTWISE.includes(node.op) || from === undefined || more.length > 0) return null;
    name = from;
  }
  return null;
}

/** Nothing where a vocabulary has no parts of a useful size. */
function scores(
  logits: string,
  vocabulary: number,
  opset: number,
): { readonly nodes: readonly NewNode[]; readonly weights: readonly NewWeight[] } {
  const part = partOf(vocabulary);
  if (part === null) return { nodes: [], weights: [] };
  const of = (name: string): string => `mllm_shap.head.${name}`;
  const reduce = (op: string, from: string, to: string, keep: number, axesFrom: number): NewNode =>
    opset < axesFrom
      ? { op, inputs: [from], outputs: [to], attributes: { keepdims: keep, axes: [2] } }
      : { op, inputs: [from, of("axis")], outputs: [to], attributes: { keepdims: keep } };
  return {
    nodes: [
      { op: "Cast", inputs: [logits], outputs: [of("logits")], attributes: { to: FLOAT } },
      { op: "GatherElements", inputs: [of("logits"), SCORED], outputs: [SCORES.own], attributes: { axis: 2 } },
      reduce("ReduceMax", of("logits"), SCORES.highest, 1, MAX_AXES_OPSET),
      { op: "Sub", inputs: [of("logits"), SCORES.highest], outputs: [of("below")] },
      { op: "Exp", inputs: [of("below")], outputs: [of("exponentials")] },
      { op: "Reshape", inputs: [of("exponentials"), of("shape")], outputs: [of("grouped")] },
      reduce("ReduceSum", of("grouped"), SCORES.parts, 0, SUM_AXES_OPSET),
    ],
    weights: [integerWeight(of("axis"), [2]), integerWeight(of("shape"), [-1, vocabulary / part, part])],
  };
}

/** The largest such size of which a vocabulary has a whole number of parts; null where there is none. */
function partOf(vocabulary: number): number | null {
  for (let part = LONGEST_PART; part >= VECTOR; part -= VECTOR) if (vocabulary % part === 0) return part;
  return null;
}
