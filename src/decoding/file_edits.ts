import { type AttentionDims, writesOut } from "../onnx/attention_check.js";
import { type EditedModel, editedModel, type Replacement, weightsInside } from "../onnx/graph_edit.js";
import { type GroupQuery, INPUT, readGroupQueries } from "../onnx/group_query.js";
import { withoutRepeats } from "../onnx/numbering/number_values.js";
import { FLOAT, FLOAT16, INT64, type NewGraph, type NewNode, nodeField } from "../onnx/onnx_encode.js";
import type { GraphNode, GraphValue, OnnxFile } from "../onnx/onnx_file.js";
import { AttentionWriter } from "../onnx/plain_attention.js";
import { cacheUpdates } from "./cache_updates.js";
import { PLACES } from "./discover.js";
import type { HeadEdit } from "./head_edit.js";
import { inputDims } from "./input_dims.js";
import { cacheName } from "./names.js";
import { type StartEdit, startEdit, startInput, startName } from "./start_edit.js";

/** A graph file as it is loaded instead of as it stands. */
export interface EditedFile {
  readonly model: EditedModel;
  /** Outputs that hold what a pass appends to a cache, by the cache's input. */
  readonly updates: ReadonlyMap<string, string>;
}

/** Operators that plain attention is written in are as they are meant from this version on. */
const LEAST_OPSET = 15;
/** Bytes of weights from which on a graph that is not changed is loaded without copying them. */
const WORTH_MAPPING = 2 ** 26;

/**
 * The file with `GroupQueryAttention` written out; null where it has none, or one that cannot be.
 *
 * The operator refuses several rows with several tokens on a past, and hands out whole caches. Written out, a graph shares
 * prefixes and is fetched in part like any other.
 * @param headDim where the graph does not tell.
 * @param starts with what all rows start with beside the caches, where all of these are attention's (`startEdit`).
 */
export async function withPlainAttention(
  onnx: OnnxFile,
  headDim: number | null,
  { head = null, starts = false }: { readonly head?: HeadEdit | null; readonly starts?: boolean } = {},
): Promise<EditedFile | null> {
  const nodes = onnx.nodes.some(({ op }) => op === "GroupQueryAttention") && onnx.opset >= LEAST_OPSET ? readGroupQueries(onnx.path) : [];
  const [first] = nodes;
  const dims = first === undefined ? null : dimsOf(onnx, first, headDim);
  if (first === undefined || dims === null || nodes.some((node) => !expandable(node, onnx, dims, headDim))) return null;
  for (const node of unlike(nodes)) if (!(await writesOut(node, dims))) return null;
  const caches = onnx.inputs.filter(({ name }) => cacheName(name, null) !== null);
  const start = starts && caches.length === 2 * nodes.length ? startName : null;
  const writer = new AttentionWriter({ half: dims.half, rotated: dims.rotated === dims.headDim ? 0 : dims.rotated, start });
  const updates = new Map<string, string>();
  const replacements = nodes.map((node): Replacement => {
    const { nodes: written, addedKey, addedValue } = writer.expand(node);
    updates.set(node.inputs[INPUT.pastKey] as string, addedKey).set(node.inputs[INPUT.pastValue] as string, addedValue);
    return { ...node.bytes, bytes: Buffer.concat(written.map(nodeField)) };
  });
  const inputs = start === null ? [] : caches.map((cache) => startInput(cache));
  return edited(onnx, { weights: writer.weights, inputs }, replacements, updates, head);
}

function edited(
  onnx: OnnxFile,
  additions: NewGraph,
  replacements: readonly Replacement[],
  updates: ReadonlyMap<string, string>,
  head: HeadEdit | null,
): EditedFile | null {
  const whole = head?.additions ?? {};
  const inputs = [...(additions.inputs ?? []), ...(whole.inputs ?? [])];
  const model = editedModel(
    onnx.path,
    {
      nodes: [...(additions.nodes ?? []), ...(whole.nodes ?? [])],
      weights: [...(additions.weights ?? []), ...(whole.weights ?? [])],
      inputs,
      outputs: [...[...updates.values()].map((name) => ({ name, type: null, dims: [] })), ...(whole.outputs ?? [])],
    },
    [...replacements, ...(head === null ? [] : [head.replacement])],
  );
  if (model === null) return null;
  const dims = inputDims([...onnx.inputs, ...inputs], new Set(updates.keys()));
  return { model: { ...model, bytes: withoutRepeats(model.bytes, dims) }, updates };
}

/** The file with what its passes append to its caches as outputs; null where its nodes do not tell. */
export function withCacheUpdates(onnx: OnnxFile, head: HeadEdit | null = null): EditedFile | null {
  const updates = cacheUpdates(onnx);
  return updates.size === 0 ? null : edited(onnx, {}, [], updates, head);
}

/** From this version on there is `ScatterND`. */
const SCATTERS = 11;

/**
 * The file with caches that have room, and with what its passes append to them as outputs; null where its nodes do not tell, where its caches
 * are not all attention's of as many heads, or where it has no mask to hide the room.
 *
 * `present = Concat(past, added)` puts what is added behind the room of a row that has some. Written once more to where its tokens end, which is what a
 * further input says, rows of different lengths stand as they would alone: first their tokens, then what they do not see.
 */
export function withRoom(onnx: OnnxFile, head: HeadEdit | null = null, start: StartEdit | null = null): EditedFile | null {
  const updates = cacheUpdates(onnx);
  const caches = onnx.inputs.filter(({ name }) => cacheName(name, null) !== null);
  const [heads] = caches.map(({ dims }) => dims[1]);
  const masked = onnx.inputs.some(({ name }) => name === "attention_mask") && onnx.opset >= SCATTERS;
  if (!masked || typeof heads !== "number" || caches.some((cache) => !updates.has(cache.name) || !growsBehindHeads(cache, heads)))
    return null;
  const replacements = onnx.nodes
    .filter(({ op, inputs: [past = "", added = ""] }) => op === "Concat" && updates.get(past) === added)
    .map(roomy);
  const places = { name: PLACES, type: INT64, dims: ["rows", heads, "fed", 3] };
  const additions = { ...start?.additions, inputs: [places, ...(start?.additions.inputs ?? [])] };
  return edited(onnx, additions, [...replacements, ...(start?.replacements ?? [])], updates, head);
}

/** The same, with attention to what all rows start with where that stands once; null as well where its nodes do not tell how it attends. */
export function withStart(onnx: OnnxFile, head: HeadEdit | null = null): EditedFile | null {
  const start = startEdit(onnx, cacheUpdates(onnx));
  return start === null ? null : withRoom(onnx, head, start);
}

/**
 * `[rows, heads, tokens, head dim]` of float32. The runtime computes graphs in half precision in float32 as long as it may, and rounds what is scattered: other
 * numbers than the file as it stands gives.
 */
function growsBehindHeads({ dims, elementType }: GraphValue, heads: number): boolean {
  return elementType === FLOAT && dims.length === 4 && dims[1] === heads && typeof dims[2] === "string" && typeof dims[3] === "number";
}

/** The node with another behind it, of the same output. */
function roomy({ inputs, outputs, bytes }: GraphNode): Replacement {
  const [present = ""] = outputs;
  const whole = `${present}.mllm_shap.whole`;
  const nodes: readonly NewNode[] = [
    { op: "Concat", inputs, outputs: [whole], attributes: { axis: 2 } },
    { op: "ScatterND", inputs: [whole, PLACES, inputs[1] ?? ""], outputs: [present] },
  ];
  return { ...bytes, bytes: Buffer.concat(nodes.map(nodeField)) };
}

/** The file as it stands but for its head, its weights left on disk; null where nothing is changed and that saves nothing worth it. */
export function withWeightsOutside(onnx: OnnxFile, head: HeadEdit | null = null): EditedFile | null {
  return head === null && weightsInside(onnx.path) < WORTH_MAPPING ? null : edited(onnx, {}, [], new Map(), head);
}

/** null where the numbers are neither float32 nor float16, or nothing tells how large a head is. */
function dimsOf(onnx: OnnxFile, node: GroupQuery, given: number | null): AttentionDims | null {
  const past = onnx.inputs.find(({ name }) => name === node.inputs[INPUT.pastKey]);
  if (past === undefined || (past.elementType !== FLOAT && past.elementType !== FLOAT16)) return null;
  const cosines = onnx.initializers.get(node.inputs[INPUT.cos] ?? "")?.dims[1];
  const declared = past.dims[3];
  const headDim = (typeof declared === "number" ? declared : given) ?? (cosines === undefined ? null : 2 * cosines);
  if (headDim === null) return null;
  return { half: past.elementType === FLOAT16, headDim, rotated: cosines === undefined ? headDim : 2 * cosines };
}

/** All of one kind of heads, with caches of their own and nothing special. */
function expandable(node: GroupQuery, onnx: OnnxFile, dims: AttentionDims, headDim: number | null): boolean {
  const own = dimsOf(onnx, node, headDim);
  const whole = node.outputs.length === 3 && node.outputs.every((name) => name !== "");
  return whole && !node.special && own !== null && JSON.stringify(own) === JSON.stringify(dims);
}

/** One of each kind. */
function unlike(nodes: readonly GroupQuery[]): readonly GroupQuery[] {
  const kinds = new Map<string, GroupQuery>();
  for (const node of nodes) {
    const { heads, kvHeads, scale, softcap, window, rotary, epsilon, inputs } = node;
    kinds.set(JSON.stringify([heads, kvHeads, scale, softcap, window, rotary, epsilon, inputs.map((name) => name !== "")]), node);
  }
  return [...kinds.values()];
}
