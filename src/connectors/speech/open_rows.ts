import { join } from "node:path";
import { openGraphRows } from "../../onnx/graph_rows.js";
import { openTable, type RowSource } from "../../onnx/rows.js";
import type { SessionOptions } from "../../onnx/session.js";
import { LOAD_DEFAULTS } from "../model.js";
import type { LoadOptions } from "../types.js";
import type { RowsChoice } from "./graph_files.js";

export function sessionOptionsOf({ device, threads, onEvent }: LoadOptions): SessionOptions {
  return { device: device ?? LOAD_DEFAULTS.device, threads: threads ?? LOAD_DEFAULTS.threads, onEvent };
}

/** Opens tables or a graph. @param path folder of the repository. */
export async function openRows(path: string, choice: RowsChoice, options: SessionOptions): Promise<RowSource> {
  if (choice.kind === "table") return await openTable(path, choice.path, choice.description);
  return await openGraphRows(join(path, choice.graph.path), options);
}
