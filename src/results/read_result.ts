import { SpecError } from "../errors.js";
import { reasonOf } from "../util/errors.js";
import { RESULT_FORMAT, type Result, ResultSchema } from "./result_schema.js";

/**
 * Reads results from a JSON text (one result or a list) or from JSON Lines. Keys that this version does not know are kept.
 * @param file named in errors.
 * @throws SpecError saying where the text stops being JSON, or which key is not as the format asks.
 */
export function readResults(text: string, file: string): readonly Result[] {
  const bare = text.replace(/^\ufeff/, "");
  const whole = tryParse(bare);
  if ("value" in whole)
    return Array.isArray(whole.value) ? whole.value.map((item, i) => checkResult(item, `${file}[${i}]`)) : [checkResult(whole.value, file)];
  const lines = bare.split(/\r?\n/).map((line, i) => ({ line, number: i + 1 }));
  const filled = lines.filter(({ line }) => line.trim() !== "");
  const looksLikeLines = filled.length > 1 && filled.every(({ line }) => line.startsWith("{") && line.trimEnd().endsWith("}"));
  if (!looksLikeLines)
    throw new SpecError(`${file}: not JSON, as mllm-shap explain gives it: ${reasonOn(whole.error)}`, { cause: whole.error });
  return filled.map(({ line, number }) => {
    const parsed = tryParse(line);
    if ("value" in parsed) return checkResult(parsed.value, `${file}:${number}`);
    throw new SpecError(`not JSON: ${reasonOn(parsed.error)}`, { position: { file, line: number }, cause: parsed.error });
  });
}

function tryParse(text: string): { readonly value: unknown } | { readonly error: unknown } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { error };
  }
}

/** The value itself, not a parsed copy: a copy would lose the keys that this version does not know. @throws SpecError where it is no result. */
export function checkResult(value: unknown, where: string): Result {
  if (typeof value !== "object" || value === null) throw new SpecError(`${where}: not a result: ${RESULT_FORMAT} is a JSON object`);
  const parsed = ResultSchema.safeParse(value);
  if (parsed.success) return value as Result;
  const [issue] = parsed.error.issues;
  const path = issue?.path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("") ?? "";
  const more = parsed.error.issues.length > 1 ? ` (and ${parsed.error.issues.length - 1} more problems)` : "";
  throw new SpecError(`${where}: not a valid ${RESULT_FORMAT}: ${path.replace(/^\./, "") || "the whole"}: ${issue?.message ?? ""}${more}`, {
    cause: parsed.error,
  });
}

/** V8 quotes the text around the problem, line breaks included. */
function reasonOn(error: unknown): string {
  return reasonOf(error)
    .replace(/\s+/g, " ")
    .replace(/ is not valid JSON$/, "");
}
