import type { LoadOptions } from "../types.js";

/** A template that is a file of the spec's, which is another's repository's business: it goes by the key that names it. */
export function templateFile({ template = null }: Pick<LoadOptions, "template">): Readonly<Record<string, string>> {
  return template !== null && "file" in template ? { "model.template": template.file } : {};
}
