import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { SpecError } from "../errors.js";
import { fillTemplates, isTemplate, type TemplateFields } from "./output_template.js";
import { type Output, type OutputPlan, outputOf, planOutputs, refuseTwice, refuseUnwritable } from "./outputs.js";

/** Where documents go: some hold all items, others one each (`-o out/{stem}.html`). */
export interface Destinations<Item> {
  readonly shared: readonly Output<Item>[];
  /** Those of the item at a place; their folders may not be there yet. */
  readonly own: (index: number) => readonly Output<Item>[];
}

/**
 * `planOutputs` for outputs of which each may be a template.
 * @param documents what the templates' fields say of each item.
 * @throws SpecError before anything is computed where a file cannot be written, its format is not clear, or two are one.
 */
export async function planDestinations<Item>(plan: OutputPlan<Item>, documents: readonly TemplateFields[]): Promise<Destinations<Item>> {
  const templates = plan.files.filter(isTemplate);
  const files = plan.files.filter((file) => !isTemplate(file));
  const shared = templates.length > 0 && files.length === 0 ? [] : await planOutputs({ ...plan, files });
  refuseSeveral(shared, documents.length);
  const own = fillTemplates(templates, documents, plan.flag).map((row) => row.map((file) => outputOf(file, plan)));
  for (const row of own) refuseTwice([...shared, ...row]);
  return { shared, own: (index) => own[index] ?? [] };
}

/** @throws SpecError where a document has no room for all that it would hold. */
function refuseSeveral<Item>(shared: readonly Output<Item>[], items: number): void {
  const full = items > 1 ? shared.find(({ format }) => format.holdsOne === true) : undefined;
  if (full === undefined) return;
  const { name, endings } = full.format;
  const where = full.file === null ? `--format ${name}` : `-o ${full.file}`;
  throw new SpecError(
    `${where}: ${name} holds one result, and there are ${items}: write a file each, such as -o {stem}${endings[0]}, or -o x.html for all of them`,
  );
}

/** Makes the folder of a file that a template gave. @throws SpecError where it cannot be written. */
export async function makeRoom(file: string, flag = "-o"): Promise<void> {
  const folder = dirname(resolve(file));
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw new SpecError(
      `${flag} ${file}: the folder ${folder} cannot be made (${(cause as NodeJS.ErrnoException).code ?? String(cause)})`,
      {
        cause,
      },
    );
  }
  await refuseUnwritable(file, flag);
}
