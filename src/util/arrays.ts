/*
 * Arrays as long as a vocabulary, a prompt or a game. None of them is ever spread into arguments: every argument lies on the
 * stack, which about 60,000 numbers fill (scripts/lint/no-spread-arguments.grit).
 */

/** The largest number; NaN where there is one. @param least what no numbers at all, or only smaller ones, give */
export function maxOf(values: Iterable<number>, least = -Infinity): number {
  let largest = least;
  for (const value of values) largest = Math.max(largest, value);
  return largest;
}

/** The smallest number; NaN where there is one. @param most what no numbers at all, or only larger ones, give */
export function minOf(values: Iterable<number>, most = Infinity): number {
  let smallest = most;
  for (const value of values) smallest = Math.min(smallest, value);
  return smallest;
}

/** Puts `more` behind what `list` holds. */
export function append<Item>(list: Item[], more: Iterable<Item>): void {
  for (const item of more) list.push(item);
}

export function joinIds(parts: readonly Int32Array[]): Int32Array {
  return joinInto(new Int32Array(totalLength(parts)), parts);
}

export function joinFloats(parts: readonly Float32Array[]): Float32Array {
  return joinInto(new Float32Array(totalLength(parts)), parts);
}

function totalLength(parts: readonly { readonly length: number }[]): number {
  return parts.reduce((total, part) => total + part.length, 0);
}

function joinInto<List extends Int32Array | Float32Array>(all: List, parts: readonly List[]): List {
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Sum from the first to the last, 0 of none. */
export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** Σ a_i b_i, of lists of equal length */
export function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += (a[i] as number) * (b[i] as number);
  return total;
}

/** As many numbers, each the same. */
export function sameFloats(some: Float32Array, others: Float32Array): boolean {
  return some.length === others.length && some.every((value, i) => value === others[i]);
}
