import type { Dim } from "../../../src/onnx/numbering/dims.js";

/** A size once its symbols are known. */
export function sizeOf(dim: Dim, known: Readonly<Record<string, number>>): number {
  if (typeof dim === "number") return dim + 0;
  return dim.split("+").reduce((sum, term) => {
    const [count, ...symbols] = term.split("*");
    return sum + symbols.reduce((product, name) => product * (known[name] ?? Number.NaN), Number(count));
  }, 0);
}
