import type { OnnxFile } from "../onnx/onnx_file.js";
import { cacheName } from "./names.js";

/**
 * Tensors that a pass appends to its attention caches, by the name of the cache input: where a graph makes a cache as
 * `present = Concat(past, added)`, `added` is all that need leave the runtime. The binding copies every output into fresh
 * memory, so fetching whole caches at each step costs more than the step.
 */
export function cacheUpdates({ nodes }: OnnxFile): ReadonlyMap<string, string> {
  const updates = new Map<string, string>();
  for (const { op, inputs, outputs } of nodes) {
    const [past, added] = inputs;
    if (op !== "Concat" || inputs.length !== 2 || past === undefined || added === undefined) continue;
    const [all = ""] = outputs;
    const name = cacheName(past, null);
    if (name !== null && (all.startsWith("present") || name.presents.includes(all))) updates.set(past, added);
  }
  return updates;
}
