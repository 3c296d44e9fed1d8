import { inChild } from "../shared/child.js";
import type { IndexingTask } from "./child.js";
import { FORMS, type FormName } from "./forms.js";

/** Every form in a process of its own: what V8 has seen before decides what it makes of a function. */
export function run(quick: boolean): void {
  console.log("| form | ns an element |\n|---|---:|");
  for (const form of Object.keys(FORMS) as readonly FormName[]) {
    const task: IndexingTask = { form, repeats: quick ? 2 : 1000 };
    console.log(`| ${form} | ${(inChild(new URL("child.js", import.meta.url), task) as number).toFixed(2)} |`);
  }
}
