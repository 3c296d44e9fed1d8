import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Models that come with the package; the folder stands beside `src/` and `dist/` alike. */
export const EMBEDDED_MODELS = fileURLToPath(new URL("../../fixtures/models/", import.meta.url));

/** Which of an embedded model's folders is meant; "" where it has but one. */
export type Variant = "text" | "audio" | "";

/** The folder of an embedded model, which may not be there. null for what can be no model's name. */
export function embeddedFolder(model: string, variant: Variant): string | null {
  return /^[\w-]+$/.test(model) ? join(EMBEDDED_MODELS, model, variant) : null;
}

/** As specs say them. */
export async function embeddedNames(variant: Variant): Promise<readonly string[]> {
  const models = await readdir(EMBEDDED_MODELS).catch(() => []);
  const there = await Promise.all(models.map((model) => isFolder(join(EMBEDDED_MODELS, model, variant, "onnx"))));
  return models
    .filter((_, i) => there[i])
    .map((model) => `embedded:${model}`)
    .sort();
}

export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() === true;
}
