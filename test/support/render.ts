import { DEFAULT_FIGURE } from "../../src/views/figure_options.js";
import type { FormatDefinition, ViewOptions } from "../../src/views/format.js";

/** The whole document as one text. */
export async function renderedLater<Item>({ open }: Pick<FormatDefinition<Item>, "open">, items: readonly Item[]): Promise<string> {
  const parts: string[] = [];
  const writer = open((part) => void parts.push(String(part)), { csvExcel: false, width: 80, colorLevel: 0, figure: DEFAULT_FIGURE });
  for (const item of items) await writer.write(item);
  await writer.close();
  return parts.join("");
}

/** The whole document as one text, of a format that needs no waiting. */
export function rendered<Item>(
  { open }: Pick<FormatDefinition<Item>, "open">,
  items: readonly Item[],
  options: Partial<ViewOptions> = {},
): string {
  const parts: string[] = [];
  const writer = open((part) => void parts.push(String(part)), {
    csvExcel: false,
    width: 80,
    colorLevel: 0,
    figure: DEFAULT_FIGURE,
    ...options,
  });
  for (const step of [...items.map((item) => () => writer.write(item)), () => writer.close()]) {
    if (step() instanceof Promise) throw new Error("this format makes its reader wait");
  }
  return parts.join("");
}
