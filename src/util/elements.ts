/*
 * Elements of arrays, by an index that is known to be inside; one that is not is an error of ours, and says so, where a cast would
 * let NaN through. One function for each kind of array, since one that reads many kinds takes ten times as long as `list[i]`. These
 * take up to twice as long (`npm run bench -- indexing`), which is nothing beside a payoff: only the innermost loops of kernels
 * over n², n³ or 2^n elements keep `list[i] as number`.
 */

/** @throws RangeError where the list has no such element; so do the others here. */
export function float64At(list: Float64Array, index: number): number {
  return list[index] ?? outside(list, index);
}

export function float32At(list: Float32Array, index: number): number {
  return list[index] ?? outside(list, index);
}

export function int32At(list: Int32Array, index: number): number {
  return list[index] ?? outside(list, index);
}

export function byteAt(list: Uint8Array, index: number): number {
  return list[index] ?? outside(list, index);
}

/** Of any list of numbers: not for hot loops. */
export function numberAt(list: ArrayLike<number>, index: number): number {
  return list[index] ?? outside(list, index);
}

/** Of a plain array, which is of several kinds by itself: not for hot loops. */
export function itemAt<Item>(list: readonly Item[], index: number): Item {
  const item = list[index];
  return item === undefined && !(index in list) ? outside(list, index) : (item as Item);
}

/** list[index] += more */
export function addAt(list: Float64Array, index: number, more: number): void {
  list[index] = float64At(list, index) + more;
}

/** list[index] += more */
export function addInt32At(list: Int32Array, index: number, more: number): void {
  list[index] = int32At(list, index) + more;
}

function outside({ length }: ArrayLike<unknown>, index: number): never {
  throw new RangeError(`no element ${index} in an array of ${length}`);
}
