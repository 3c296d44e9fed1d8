import { SpecError } from "../errors.js";

/** A row's columns by name. */
export type Row = Readonly<Record<string, unknown>>;

const PLACEHOLDER = /\{\{\s*([^{}]+?)\s*\}\}/g;
const WHOLE = /^\s*\{\{\s*([^{}]+?)\s*\}\}\s*$/;

/**
 * A copy of a spec's data in which `{{column}}` is the row's value: a text that is nothing else becomes the value itself, a number or
 * list included; inside of a text it becomes part of it. `{{answer.text}}` goes into a nested value. Keys are not filled in, and what is put
 * in is not read for placeholders again.
 * @throws SpecError where the row has no such column, or its value cannot be part of a text.
 */
export function fillIn(data: unknown, row: Row): unknown {
  if (typeof data === "string") return fillText(data, row);
  if (Array.isArray(data)) return data.map((item) => fillIn(item, row));
  if (typeof data !== "object" || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([key, item]) => [key, fillIn(item, row)]));
}

function fillText(text: string, row: Row): unknown {
  const whole = WHOLE.exec(text)?.[1];
  if (whole !== undefined) return columnOf(row, whole);
  return text.replaceAll(PLACEHOLDER, (_, name: string) => {
    const value = columnOf(row, name);
    if (["string", "number", "bigint", "boolean"].includes(typeof value)) return String(value);
    throw new SpecError(`{{${name}}}: is ${value === null ? "empty" : "no text"} and cannot be part of one`);
  });
}

function columnOf(row: Row, name: string): unknown {
  let value: unknown = row;
  for (const step of Object.hasOwn(row, name) ? [name] : name.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step))
      throw new SpecError(`{{${name}}}: there is no such column; ${columns(row)}`);
    value = (value as Row)[step];
  }
  return typeof value === "bigint" ? Number(value) : (value ?? null);
}

function columns(row: Row): string {
  return `there are ${Object.keys(row).join(", ")}`;
}
