/** How many questions go in one request, and how many requests at a time. */
import { int32At, itemAt } from "../../util/elements.js";
export interface Parting {
  readonly chunk: number;
  readonly concurrency: number;
}

/** Prompt tokens of one request at most: answers stay small, and a failure costs little. */
const MOST_TOKENS = 65_536;

/** Indices of `items`, cut into requests: neighbours of one class, `chunk` at most, as many tokens as fit. */
export function inChunks(order: readonly number[], chunk: number, tokensOf: (item: number) => number, classOf: (item: number) => number) {
  const chunks: number[][] = [];
  let tokens = 0;
  for (const item of order) {
    const last = chunks.at(-1);
    const own = tokensOf(item);
    const fits = last !== undefined && last.length < chunk && tokens + own <= MOST_TOKENS && classOf(itemAt(last, 0)) === classOf(item);
    if (fits) last.push(item);
    else chunks.push([item]);
    tokens = fits ? tokens + own : own;
  }
  return chunks as readonly (readonly number[])[];
}

/** Order in which prompts that begin alike follow each other, as prefix caches like them: the first different id decides. */
export function byIds(prompts: readonly Int32Array[]): readonly number[] {
  return prompts.map((_, i) => i).sort((a, b) => compareIds(prompts[a] as Int32Array, prompts[b] as Int32Array) || a - b);
}

function compareIds(a: Int32Array, b: Int32Array): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const difference = int32At(a, i) - int32At(b, i);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/**
 * Runs the parts, so many at a time. After a failure no more are begun, and those that run are waited for: their answers are kept.
 * @throws the first failure.
 */
export async function pump<Part>(parts: readonly Part[], concurrency: number, run: (part: Part) => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  const next = parts[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (let step = next.next(); step.done !== true; step = next.next()) {
      if (failures.length > 0) return;
      try {
        await run(step.value);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, parts.length) }, work));
  if (failures.length > 0) throw failures[0];
}
