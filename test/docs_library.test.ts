import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** JavaScript blocks of a document, each with the output that is shown right below it, if any. */
function examplesOf(file: string): readonly { readonly code: string; readonly output: string | null }[] {
  const text = readFileSync(join(root, file), "utf8");
  return [...text.matchAll(/```js\n(.*?)```\n(?:\n```\n(.*?)```\n)?/gs)].map(([, code = "", output = null]) => ({ code, output }));
}

it.each(["README.md", "docs/library.md"])(
  "the examples of %s run, and print what is shown",
  (file) => {
    const folder = mkdtempSync(join(tmpdir(), "mllm-shap-docs-"));
    const examples = examplesOf(file);
    expect(examples.length).toBeGreaterThan(0);
    try {
      for (const { code, output } of examples) {
        const script = join(folder, "example.mjs");
        writeFileSync(script, code.replace('"mllm-shap"', JSON.stringify(join(root, "dist", "index.js"))));
        const printed = execFileSync(process.execPath, [script], { cwd: root, encoding: "utf8" });
        if (output !== null) expect(printed).toBe(output);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  60_000,
);
