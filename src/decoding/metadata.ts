import type { InferenceSession } from "onnxruntime-node";

export type TensorMetadata = InferenceSession.TensorValueMetadata;
export type Outputs = ReadonlyMap<string, InferenceSession.ValueMetadata>;

/** Ends the reading of a graph. @throws ConnectorError with the file and what is wrong. */
export type Fail = (what: string) => never;

/** Element types that JavaScript can hold: bfloat16 is not among them. */
export const FLOATS: readonly string[] = ["float32", "float16"];
export const INTEGERS: readonly string[] = ["int64", "int32"];

/** Name, element type and shape. */
export function described(m: InferenceSession.ValueMetadata): string {
  return m.isTensor ? `\`${m.name}\` (${m.type} [${m.shape.join(", ")}])` : `\`${m.name}\` (not a tensor)`;
}

/** Some exporters write numbers as names. */
export function numeric(dim: number | string | undefined): number | null {
  if (typeof dim === "string") return /^\d+$/.test(dim) ? Number(dim) : null;
  return dim !== undefined && dim >= 0 ? dim : null;
}
