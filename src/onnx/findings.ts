import { env } from "onnxruntime-node";
import { fileKey, type HashStore, WORTH_KEEPING } from "../repos/local_files.js";
import type { OnnxFile } from "./onnx_file.js";
import { processorInWords } from "./processor.js";

/** What was found by trying a graph, kept for the next process: as small a number as it takes. */
export interface Findings {
  get(): Promise<number | null>;
  set(found: number): Promise<void>;
}

const NOT_KEPT: Findings = { get: async () => null, set: async () => undefined };

/**
 * Kept as long as neither the files nor the processor change, of graphs so large that trying takes time.
 * @param question all that findings depend on besides the runtime: what is tried, and how.
 */
export async function findingsOf(
  { path, externalFiles }: Pick<OnnxFile, "path" | "externalFiles">,
  store: HashStore | undefined,
  question: readonly (string | number)[],
): Promise<Findings> {
  if (store === undefined) return NOT_KEPT;
  const files = await Promise.all([path, ...externalFiles].map((file) => fileKey(file)));
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  if (bytes < WORTH_KEEPING || files.some(({ settled }) => !settled)) return NOT_KEPT;
  const key = [
    "findings",
    env.versions.node ?? env.versions.common,
    ...question,
    processorInWords(),
    ...files.map((file) => file.key),
  ].join("\0");
  return {
    async get() {
      const kept = await store.get(key);
      return kept === undefined ? null : Number.parseInt(kept, 16);
    },
    set: (found) => store.set(key, found.toString(16)),
  };
}
