import { createRequire } from "node:module";
import { versionOf } from "./package.js";

export { VERSION } from "./package.js";

const require = createRequire(import.meta.url);

/** What a run's numbers depend on besides the model. */
export const RUNTIME = {
  node: process.versions.node,
  onnxruntime: versionOf(require.resolve("onnxruntime-node/package.json")),
} as const;

/** Raised whenever the same question may get another answer, down to the last bit, than from an earlier version of this package. */
const ANSWERS = 8;

/** What remembered answers depend on besides the model and the question. */
export const MEMO_EDITION = `onnxruntime-${RUNTIME.onnxruntime}-${process.platform}-${process.arch}-answers-${ANSWERS}`;
