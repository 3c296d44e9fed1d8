import { createYielder } from "../util/yielder.js";
import type { Coalition, Estimate, Estimator, Method, Outputs, Payoffs, Played } from "./types.js";

/** Outputs [from, to) that are taken together: their payoffs are summed. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What the players are worth to one span of a game's outputs. */
export interface SpanEstimate {
  /** v(∅) */
  readonly empty: number;
  /** v(N) */
  readonly full: number;
  readonly estimate: Estimate;
}

/**
 * Values of every span, from the coalitions that were played and without another call. Payoffs are laid out for one span at a time, so
 * that beside the outputs of each coalition, which the game holds, nothing grows with their number but the estimates.
 */
export async function estimateSpans(
  outputs: Outputs,
  spans: readonly Span[],
  estimate: Estimator,
  played: Pick<Played<unknown>, "rounds">,
  n: number,
  signal?: AbortSignal,
): Promise<readonly SpanEstimate[]> {
  const slots = played.rounds.map(({ coalitions }) => outputs.slotsOf(coalitions));
  const [empty = 0, full = 0] = outputs.slotsOf(endsOf(n));
  const yieldNow = createYielder(signal);
  const found: SpanEstimate[] = [];
  for (const span of spans) {
    await yieldNow();
    const payoff = (slot: number): number => sumOver(outputs, span, slot);
    const rounds = slots.map((round) => ({ payoffs: Float64Array.from(round, payoff) }));
    const payoffs: Payoffs = { empty: payoff(empty), full: payoff(full), rounds };
    found.push({ empty: payoffs.empty, full: payoffs.full, estimate: estimate(payoffs) });
  }
  return found;
}

/** Of a run's own payoffs, and of any others of its coalitions. */
export function estimatorOf<D>(method: Pick<Method<D>, "estimate" | "estimator">, played: Played<D>, n: number): Estimator {
  return method.estimator?.(played, n) ?? ((payoffs) => method.estimate(playedFor(played, payoffs), n));
}

/** The same coalitions, worth something else. */
function playedFor<D>({ rounds }: Played<D>, { empty, full, rounds: others }: Payoffs): Played<D> {
  return { empty, full, rounds: rounds.map((round, at) => ({ ...round, payoffs: others[at]?.payoffs ?? new Float64Array(0) })) };
}

const endsOf = (n: number): readonly Coalition[] => [new Uint8Array(n), new Uint8Array(n).fill(1)];

function sumOver(outputs: Outputs, { from, to }: Span, slot: number): number {
  let sum = 0;
  for (let output = from; output < to; output++) sum += outputs.payoff(slot, output);
  return sum;
}
