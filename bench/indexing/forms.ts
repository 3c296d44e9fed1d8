import { addAt, float64At, int32At, itemAt } from "../../src/util/elements.js";

/** Elements that a loop visits: all of them are read from the processor's caches. */
export const LENGTH = 4096;

export interface Lists {
  readonly values: Float64Array;
  readonly order: Int32Array;
}

/** What one helper for everything would look like. */
function at(list: ArrayLike<number>, index: number): number {
  return list[index] as number;
}

/** A loop over all elements, which goes from lists to a number that depends on them. */
export const FORMS = {
  "read, list[i] as number": ({ values, order }: Lists) => {
    let sum = 0;
    for (let i = 0; i < LENGTH; i++) sum += values[order[i] as number] as number;
    return sum;
  },
  "read, float64At and int32At": ({ values, order }: Lists) => {
    let sum = 0;
    for (let i = 0; i < LENGTH; i++) sum += float64At(values, int32At(order, i));
    return sum;
  },
  "read, one function for arrays of all kinds": ({ values, order }: Lists) => {
    let sum = 0;
    for (let i = 0; i < LENGTH; i++) sum += at(values, at(order, i));
    return sum;
  },
  "add, list[i] = (list[i] as number) + x": ({ values }: Lists) => {
    for (let i = 0; i < LENGTH; i++) values[i] = (values[i] as number) + 1;
    return values.length;
  },
  "add, addAt": ({ values }: Lists) => {
    for (let i = 0; i < LENGTH; i++) addAt(values, i, 1);
    return values.length;
  },
} as const satisfies Record<string, (lists: Lists) => number>;

export type FormName = keyof typeof FORMS;

export function listsOf(seed: number): Lists {
  const values = Float64Array.from({ length: LENGTH }, (_, i) => Math.sin(seed + i));
  return { values, order: Int32Array.from({ length: LENGTH }, (_, i) => (i * 7919) % LENGTH) };
}

/** The helpers as a program uses them: each with every kind of array that it takes. Returns a sum, so that nothing is left out. */
export function usedEverywhere(): number {
  const numbers = Array.from({ length: 8 }, (_, i) => i);
  const kinds = [Uint8Array.from(numbers), Float32Array.from(numbers), Float64Array.from(numbers), Int32Array.from(numbers), numbers];
  const halves = numbers.map((number) => number + 0.5);
  let sum = 0;
  for (let i = 0; i < 200_000; i++) {
    for (const list of [...kinds, halves]) sum += at(list, i % 8);
    sum += itemAt(kinds, i % kinds.length).length;
  }
  return sum;
}
