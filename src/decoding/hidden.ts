import { choosePrefill } from "./batch_size.js";
import { groupByLength, parts } from "./length_groups.js";
import { type Feeder, prefill } from "./prefill.js";

/** Last hidden states of every position of each row, `[row.length, hidden]` row-major; rows must not be empty. */
export async function hiddenStates(feeder: Feeder, rows: readonly Int32Array[], signal?: AbortSignal): Promise<readonly Float32Array[]> {
  const out: Float32Array[] = rows.map(() => new Float32Array(0));
  for (const { members, length } of groupByLength(rows)) {
    const plan = choosePrefill(feeder.can, feeder.size, { past: 0, fed: length, logits: length, grow: 0 }, feeder.limits);
    for (const requests of parts(members, plan.rows)) {
      await prefill(feeder, { prompts: rows, requests, width: length }, null, plan, {
        keepFrom: 0,
        wantHidden: true,
        last: true,
        signal,
        visit: ({ hidden, at }, first, count) => {
          const values = hidden ?? new Float32Array(0);
          const width = values.length / (requests.length * count);
          requests.forEach((request, row) => {
            if (first === 0) out[request] = new Float32Array(length * width);
            const from = at(row, 0) * width;
            (out[request] as Float32Array).set(values.subarray(from, from + count * width), first * width);
          });
        },
      });
    }
  }
  return out;
}
