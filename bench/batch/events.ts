/** Things that happen at times to come, the earliest first. */
export interface Events {
  at(time: number, act: () => void): void;
  /** Lets everything happen. @returns the time of the last. */
  run(): number;
}

/** A binary heap; of equal times, what was entered first comes first. */
export function createEvents(): Events {
  const heap: { readonly time: number; readonly order: number; readonly act: () => void }[] = [];
  let [now, entered] = [0, 0];
  const before = (i: number, j: number): boolean => {
    const [a, b] = [heap[i], heap[j]];
    if (a === undefined || b === undefined) return false;
    return a.time < b.time || (a.time === b.time && a.order < b.order);
  };
  const swap = (i: number, j: number): void => {
    const [a, b] = [heap[i], heap[j]];
    if (a === undefined || b === undefined) return;
    heap[i] = b;
    heap[j] = a;
  };
  const pop = () => {
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let i = 0; ; ) {
      const [left, right] = [2 * i + 1, 2 * i + 2];
      const least = before(right, left) ? right : left;
      if (!before(least, i)) return first;
      swap(i, least);
      i = least;
    }
  };
  return {
    at(time, act) {
      heap.push({ time: Math.max(time, now), order: entered++, act });
      for (let i = heap.length - 1; i > 0; ) {
        const parent = (i - 1) >> 1;
        if (!before(i, parent)) return;
        swap(i, parent);
        i = parent;
      }
    },
    run() {
      for (let next = pop(); next !== undefined; next = pop()) {
        now = next.time;
        next.act();
      }
      return now;
    },
  };
}
