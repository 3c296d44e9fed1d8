import type { InferenceSession, Tensor } from "onnxruntime-node";
import { ConnectorError } from "../errors.js";
import { firstLine, type OpenSession } from "./session.js";

export type TensorMetadata = InferenceSession.TensorValueMetadata;

/** Runs a graph. @throws ConnectorError with the file and the runtime's reason. */
export async function runGraph(open: OpenSession, feeds: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>> {
  try {
    return (await open.session.run(feeds)) as Readonly<Record<string, Tensor>>;
  } catch (cause) {
    throw new ConnectorError(`${open.path} failed: ${firstLine(cause)}`, { cause });
  }
}

/** Inputs or outputs of one element type and rank: what a role is found by where names differ. */
export function byShape(
  metadata: readonly InferenceSession.ValueMetadata[],
  types: readonly string[],
  rank: number,
): readonly TensorMetadata[] {
  return metadata.filter((m): m is TensorMetadata => m.isTensor && types.includes(m.type) && m.shape.length === rank);
}

export const FLOATS = ["float32", "float16"] as const;

/** By one of its names, or else the only one of that type and rank. */
export function findRole(
  metadata: readonly InferenceSession.ValueMetadata[],
  names: readonly string[],
  types: readonly string[],
  rank: number,
): TensorMetadata | null {
  const fitting = byShape(metadata, types, rank);
  const named = names.flatMap((name) => fitting.filter((m) => m.name === name));
  return named[0] ?? (fitting.length === 1 ? (fitting[0] as TensorMetadata) : null);
}

/** The error for a graph that is not understood: what is missing, and where the whole table is. */
export function notUnderstood({ path }: OpenSession, what: string): ConnectorError {
  return new ConnectorError(`${path}: ${what}; \`mllm-shap models check --verbose\` prints all its inputs and outputs`);
}
