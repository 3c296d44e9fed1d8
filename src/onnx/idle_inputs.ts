import type { OnnxFile } from "./onnx_file.js";

/** What only hands an input on. */
const COPIES = ["Identity"];

/**
 * Inputs that nothing is computed from: they are copied to an output, or to nowhere. Exporters of whole cache objects declare
 * such ones. Whatever is fed for them, the answers are the same.
 */
export function idleInputs({ inputs, nodes }: OnnxFile): ReadonlySet<string> {
  const readers = new Map<string, (typeof nodes)[number][]>();
  for (const node of nodes) {
    for (const name of node.inputs) {
      const known = readers.get(name);
      if (known === undefined) readers.set(name, [node]);
      else known.push(node);
    }
    // What a branch or loop reads of its surroundings is not among its inputs.
    if (["If", "Loop", "Scan"].includes(node.op)) return new Set();
  }
  const idle = (name: string): boolean =>
    (readers.get(name) ?? []).every(({ op, outputs }) => COPIES.includes(op) && outputs.every((output) => idle(output)));
  return new Set(inputs.map(({ name }) => name).filter((name) => idle(name)));
}
