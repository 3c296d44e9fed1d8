import { tmpdir } from "node:os";
import { join } from "node:path";

/** Of the repository; this file is compiled to dist-bench/bench/shared. */
const root = new URL("../../../", import.meta.url);

/** A file of the repository. */
export function inRepository(path: string): URL {
  return new URL(path, root);
}

/** Models with random weights are written here once. */
export const MODELS = join(tmpdir(), "mllm-shap-bench");
