/** A decoder as a loop uses it: one row, caches of its own. */
export interface Decoder {
  /** Feeds ids behind what was fed before. @returns logits of the last position. */
  feed(ids: readonly number[]): Promise<Float32Array>;
}

/** Greedy answer of one prompt, its end token included where it comes. */
export async function greedy(
  decoder: Decoder,
  prompt: readonly number[],
  { maxNewTokens, endIds }: { readonly maxNewTokens: number; readonly endIds: readonly number[] },
): Promise<readonly number[]> {
  const answer: number[] = [];
  let next = prompt;
  while (answer.length < maxNewTokens) {
    const logits = await decoder.feed(next);
    let best = 0;
    for (let id = 1; id < logits.length; id++) if ((logits[id] as number) > (logits[best] as number)) best = id;
    answer.push(best);
    if (endIds.includes(best)) break;
    next = [best];
  }
  return answer;
}

/** Mean natural log-probability of the answer behind its prompt. @param logits `[prompt + answer − 1, vocabulary]` row-major. */
export function meanLogProbability(logits: Float32Array, prompt: number, answer: readonly number[]): number {
  const vocabulary = logits.length / (prompt + answer.length - 1);
  let sum = 0;
  for (const [t, id] of answer.entries()) {
    const at = (prompt - 1 + t) * vocabulary;
    let most = -Infinity;
    for (let i = 0; i < vocabulary; i++) most = Math.max(most, logits[at + i] as number);
    let total = 0;
    for (let i = 0; i < vocabulary; i++) total += Math.exp((logits[at + i] as number) - most);
    sum += (logits[at + id] as number) - most - Math.log(total);
  }
  return sum / answer.length;
}
