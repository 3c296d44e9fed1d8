/**
 * Hooks of Node's module loader for machines that let a process open few files (`ulimit -n 64`): the loader would open all of a library's
 * files at the same time. These read one after the other.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export async function load(url, context, nextLoad) {
  if (context.format !== "module" || !url.startsWith("file:")) return nextLoad(url, context);
  return { format: "module", shortCircuit: true, source: readFileSync(fileURLToPath(url), "utf8") };
}
