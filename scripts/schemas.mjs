// Writes the JSON Schemas that the package brings along for editors and checkers (schema/*.json). Run by scripts/build.mjs, on what it built.
import { mkdirSync, writeFileSync } from "node:fs";
import { resultJsonSchema } from "../dist/results/result_schema.js";
import { editorSchema } from "../dist/spec/editor_schema.js";

const folder = new URL("../schema/", import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [name, schema] of [
  ["spec", editorSchema()],
  ["result", resultJsonSchema()],
]) {
  writeFileSync(new URL(`${name}.schema.json`, folder), `${JSON.stringify(schema, null, 2)}\n`);
}
