import { basename, dirname, extname, resolve } from "node:path";
import { SpecError } from "../errors.js";

/** What fields of a template say of one document. */
export interface TemplateFields {
  /** The file's name without folder and ending. */
  readonly stem: string;
  /** The name of the folder that it lies in. */
  readonly folder: string;
}

/** Fields of `-o out/{stem}.html`, and what each is. */
export const TEMPLATE_FIELDS: Readonly<Record<string, string>> = {
  stem: "the spec's file name without folder and ending",
  folder: "the name of its folder",
  index: "its number, from 1",
};

/** `{{` and `}}` are braces. */
const FIELD = /\{\{|\}\}|\{(\w*)\}/g;

/** Does the name stand for a file a document? */
export const isTemplate = (file: string): boolean => [...file.matchAll(FIELD)].some(([, field]) => field !== undefined);

/** @param file "-" is standard input. @param cwd absolute folder that it starts from. */
export function fieldsOfFile(file: string, cwd: string): TemplateFields {
  if (file === "-") return { stem: "stdin", folder: basename(cwd) };
  const path = resolve(cwd, file);
  return { stem: basename(path, extname(path)), folder: basename(dirname(path)) };
}

/**
 * The files that templates stand for.
 * @param flag that gave them.
 * @returns one list for each document, in the order of the templates.
 * @throws SpecError for a field that there is not, and where two documents would go to one file.
 */
export function fillTemplates(
  templates: readonly string[],
  documents: readonly TemplateFields[],
  flag = "-o",
): readonly (readonly string[])[] {
  const digits = String(documents.length).length;
  const files = documents.map((fields, i) => {
    const values = { ...fields, index: String(i + 1).padStart(digits, "0") };
    return templates.map((template) => fill(template, values, flag));
  });
  refuseCollisions(templates, files, documents, flag);
  return files;
}

function fill(template: string, values: Readonly<Record<string, string>>, flag: string): string {
  return template.replace(FIELD, (brace, field?: string) => {
    if (field === undefined) return brace[0] ?? "";
    const value = Object.hasOwn(values, field) ? values[field] : undefined;
    if (value !== undefined) return value;
    const valid = Object.keys(TEMPLATE_FIELDS).map((name) => `{${name}}`);
    throw new SpecError(`${flag} ${template}: there is no field {${field}}; valid are ${valid.join(", ")} ({{ and }} are braces)`);
  });
}

function refuseCollisions(
  templates: readonly string[],
  files: readonly (readonly string[])[],
  documents: readonly TemplateFields[],
  flag: string,
): void {
  const taken = new Map<string, readonly [template: number, document: number]>();
  for (const [i, row] of files.entries()) {
    for (const [t, file] of row.entries()) {
      const [template, document] = taken.get(resolve(file)) ?? [];
      if (template === undefined || document === undefined) {
        taken.set(resolve(file), [t, i]);
        continue;
      }
      const [one, other] = [document, i].map((at) => `${documents[at]?.folder}/${documents[at]?.stem}`);
      const whose = document === i ? "stands twice" : `${one} and ${other} (numbers ${document + 1} and ${i + 1}) would both go to ${file}`;
      throw new SpecError(`${flag} ${templates[t]}: ${whose}; ${document === i ? "one file has one format" : "add {index} or {folder}"}`);
    }
  }
}
