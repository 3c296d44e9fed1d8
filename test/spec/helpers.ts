import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import { loadSpec } from "../../src/spec/load.js";
import { flagOverride, parseSet } from "../../src/spec/overrides.js";
import type { ExplainRequest } from "../../src/spec/request.js";

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is gone after the test. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "spec-test-"));
  folders.push(folder);
  return folder;
}

/** The shortest valid spec, as YAML of four lines. */
export const VALID = "model: {connector: transformers-text, repo: embedded:nano}\nmessages:\n  - {role: user, content: hi}\n";

/** Loads `text` as conv.yaml of a fresh folder. */
export async function load(text: string | Uint8Array, sets: readonly string[] = [], cwd = newFolder()): Promise<ExplainRequest> {
  writeFileSync(join(cwd, "conv.yaml"), text);
  return await loadSpec("conv.yaml", { cwd, overrides: sets.map(parseSet) });
}

/** The message that loading `text` fails with. */
export async function refusal(text: string | Uint8Array, sets: readonly string[] = [], cwd?: string): Promise<string> {
  return await load(text, sets, cwd).then(
    () => "it loaded",
    (error: Error) => (error.name === "SpecError" ? error.message : `${error.name}: ${error.stack}`),
  );
}

export { flagOverride };
