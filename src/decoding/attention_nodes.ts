import type { GraphNode, OnnxFile } from "../onnx/onnx_file.js";

/** Attention of one layer as a graph writes it out: softmax(mask(scores(queries · keysᵀ))) · values. */
export interface AttentionNodes {
  /** Inputs of its caches. */
  readonly pastKey: string;
  readonly pastValue: string;
  /** `[B, heads, S, head dim]`, and what their numbers and those of the keys are multiplied with or divided by before their product. */
  readonly queries: string;
  readonly queryScales: readonly Scale[];
  readonly keyScales: readonly Scale[];
  /** The product, and what is done to each score before those that are hidden are masked. */
  readonly product: GraphNode;
  readonly scored: readonly GraphNode[];
  /** Scores with the mask. */
  readonly masked: string;
  /** From the softmax to what values are multiplied with. */
  readonly weighted: readonly GraphNode[];
  /** The weights, the values of all positions, and their product. */
  readonly weights: string;
  readonly values: string;
  readonly mixed: GraphNode;
}

/** A number known beforehand. */
export interface Scale {
  readonly op: string;
  readonly by: string;
}

/** What brings the heads of a cache into the shape in which they are multiplied. */
const RESHAPING = ["Unsqueeze", "Expand", "Reshape", "Transpose", "Identity"];
const SCALING = ["Mul", "Div"];
/** What is done to scores, one by one. */
const SCORING = ["Mul", "Div", "Tanh"];
/** Operators from one of these to the next; no graph has as many, but for one that goes round. */
const LONGEST_WAY = 32;
/** What is done to weights, one by one: where a row sees nothing they are no numbers. */
const WEIGHING = ["IsNaN", "Where", "Identity"];

/**
 * The attention of all layers.
 * @param updates what passes append to caches, by the cache's input (`cacheUpdates`).
 * @returns null where one of the caches is read in another way.
 */
export function readAttention(onnx: OnnxFile, updates: ReadonlyMap<string, string>): readonly AttentionNodes[] | null {
  const graph = new Reading(onnx, updates);
  const found = onnx.nodes.filter(({ op }) => op === "Softmax").map((softmax) => graph.attention(softmax));
  const whole = found.filter((attention) => attention !== null);
  const read = new Set(whole.flatMap(({ pastKey, pastValue }) => [pastKey, pastValue]));
  const all = read.size === updates.size && 2 * whole.length === updates.size;
  return whole.length > 0 && whole.length === found.length && all ? whole : null;
}

class Reading {
  private readonly makers: ReadonlyMap<string, GraphNode>;
  private readonly readers = new Map<string, GraphNode[]>();

  constructor(
    private readonly onnx: OnnxFile,
    private readonly updates: ReadonlyMap<string, string>,
  ) {
    this.makers = new Map(onnx.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
    for (const node of onnx.nodes) {
      for (const name of new Set(node.inputs)) {
        const readers = this.readers.get(name);
        if (readers === undefined) this.readers.set(name, [node]);
        else readers.push(node);
      }
    }
  }

  attention(softmax: GraphNode): AttentionNodes | null {
    const [masked = ""] = softmax.inputs;
    const axis = softmax.integers.axis ?? -1;
    const lastAxis = axis === 3 || axis === -1;
    const scores = this.maskedScores(masked);
    const weighing = this.weighing(softmax);
    if (!lastAxis || scores === null || weighing === null) return null;
    const scored = this.scoring(scores);
    const keys = scored === null ? null : this.cacheBehind(scored.product.inputs[1] ?? "");
    const values = this.cacheBehind(weighing.mixed.inputs[1] ?? "");
    if (scored === null || keys === null || values === null || values.scales.length > 0) return null;
    const queries = this.scaled(scored.product.inputs[0] ?? "");
    return {
      pastKey: keys.past,
      pastValue: values.past,
      queries: queries.from,
      queryScales: queries.scales,
      keyScales: keys.scales,
      product: scored.product,
      scored: scored.nodes,
      masked,
      weighted: weighing.nodes,
      weights: weighing.mixed.inputs[0] ?? "",
      values: weighing.mixed.inputs[1] ?? "",
      mixed: weighing.mixed,
    };
  }

  /** What a mask is laid over: added to it, or put in place of some of it. */
  private maskedScores(masked: string): string | null {
    const { op = "", inputs = [] } = this.makers.get(masked) ?? {};
    if (op === "Where") return inputs[1] ?? null;
    return op === "Add" ? (inputs.find((input) => this.scoring(input) !== null) ?? null) : null;
  }

  /** The product that scores come from, and what is done to them on the way, in order. */
  private scoring(scores: string): { readonly product: GraphNode; readonly nodes: readonly GraphNode[] } | null {
    const nodes: GraphNode[] = [];
    let name = scores;
    while (nodes.length < LONGEST_WAY) {
      const node = this.makers.get(name);
      if (node === undefined) return null;
      if (node.op === "MatMul") return { product: node, nodes: nodes.reverse() };
      const from = this.only(node, SCORING);
      if (from === null) return null;
      nodes.push(node);
      name = from;
    }
    return null;
  }

  /** The cache that a tensor is made of without anything else. */
  private cacheBehind(tensor: string): { readonly past: string; readonly scales: readonly Scale[] } | null {
    let scales: readonly Scale[] = [];
    let name = tensor;
    for (let steps = 0; steps < LONGEST_WAY; steps++) {
      const scaled = this.scaled(name);
      scales = [...scaled.scales, ...scales];
      const node = this.makers.get(scaled.from);
      const [first = "", second = ""] = node?.inputs ?? [];
      if (node?.op === "Concat") return this.updates.get(first) === second ? { past: first, scales } : null;
      if (node === undefined || !RESHAPING.includes(node.op)) return null;
      name = first;
    }
    return null;
  }

  /** What a tensor's numbers are before they are multiplied with others that are known, in order. */
  private scaled(tensor: string): { readonly from: string; readonly scales: readonly Scale[] } {
    const scales: Scale[] = [];
    let name = tensor;
    for (;;) {
      const node = scales.length < LONGEST_WAY ? this.makers.get(name) : undefined;
      const [first = "", by = ""] = node?.inputs ?? [];
      // What a number is divided by stands second.
      if (node === undefined || this.only(node, SCALING) !== first) return { from: name, scales: scales.reverse() };
      scales.push({ op: node.op, by });
      name = first;
    }
  }

  /** The only input of a node that is not known beforehand. */
  private only(node: GraphNode, ops: readonly string[]): string | null {
    const [from, ...others] = node.inputs.filter((input) => !this.known(input));
    return ops.includes(node.op) && from !== undefined && others.length === 0 ? from : null;
  }

  private known(name: string): boolean {
    return this.onnx.initializers.has(name) || this.makers.get(name)?.op === "Constant";
  }

  /** What is done to the weights, and their product; null where anybody else reads any of that. */
  private weighing(softmax: GraphNode): { readonly nodes: readonly GraphNode[]; readonly mixed: GraphNode } | null {
    const nodes = [softmax];
    const products: GraphNode[] = [];
    for (const node of nodes) {
      for (const reader of node.outputs.flatMap((output) => this.readers.get(output) ?? [])) {
        if (reader.op === "MatMul") products.push(reader);
        else if (!WEIGHING.includes(reader.op)) return null;
        else if (!nodes.includes(reader)) nodes.push(reader);
      }
    }
    const made = new Set(nodes.flatMap(({ outputs }) => outputs));
    const closed = nodes.slice(1).every(({ inputs }) => inputs.every((input) => made.has(input) || this.known(input)));
    const [mixed] = products;
    const given = this.onnx.outputs.some(({ name }) => made.has(name));
    return mixed !== undefined && products.length === 1 && closed && !given && made.has(mixed.inputs[0] ?? "") ? { nodes, mixed } : null;
  }
}
