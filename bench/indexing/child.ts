import { reply, task } from "../shared/child.js";
import { FORMS, type FormName, LENGTH, type Lists, listsOf, usedEverywhere } from "./forms.js";

export interface IndexingTask {
  readonly form: FormName;
  readonly repeats: number;
}

/** Loops that are timed together. */
const TOGETHER = 10;

const { form, repeats } = task() as IndexingTask;
// Used below, so that V8 may leave none of it out.
let sum = usedEverywhere();
const nanoseconds = measure(FORMS[form]);
reply(Number.isNaN(sum) ? null : nanoseconds);

/** The least time of an element, over all repeats, on lists in turn. */
function measure(loop: (lists: Lists) => number): number {
  const lists = [listsOf(1), listsOf(2), listsOf(3)];
  let least = Infinity;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const own = lists[repeat % lists.length] as Lists;
    const started = performance.now();
    for (let i = 0; i < TOGETHER; i++) sum += loop(own);
    least = Math.min(least, (1e6 * (performance.now() - started)) / TOGETHER / LENGTH);
  }
  return least;
}
