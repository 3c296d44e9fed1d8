import { SpecError } from "../../errors.js";

/** @throws SpecError where there are several: the format has room for one. */
export function onlyOne<Item>(items: readonly Item[], format: string): Item {
  const [first] = items;
  if (first !== undefined && items.length === 1) return first;
  throw new SpecError(`${format} holds one result, and there are ${items.length}: write one file each, or -o x.html for all of them`);
}
