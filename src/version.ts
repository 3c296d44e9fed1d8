import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** Version of this package. */
export const VERSION: string = versionOf(new URL("../package.json", import.meta.url));

/** What a run's numbers depend on besides the model. */
export const RUNTIME = {
  node: process.versions.node,
  onnxruntime: versionOf(require.resolve("onnxruntime-node/package.json")),
} as const;

function versionOf(manifest: URL | string): string {
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}

/** Raised whenever the same question may get another answer, down to the last bit, than from an earlier version of this package. */
const ANSWERS = 5;

/** What remembered answers depend on besides the model and the question. */
export const MEMO_EDITION = `onnxruntime-${RUNTIME.onnxruntime}-${process.platform}-${process.arch}-answers-${ANSWERS}`;
