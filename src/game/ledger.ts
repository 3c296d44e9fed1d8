import { ExplainError } from "../errors.js";
import type { RunEvent, RunOptions } from "../events.js";
import { itemAt } from "../util/elements.js";
import { coalitionKeyer, formatCoalition } from "./coalitions.js";
import type { Coalition, Game } from "./types.js";

/** Payoffs of one round, and how many distinct coalitions the run had asked for when the round was complete. */
export interface Settled {
  readonly payoffs: Float64Array;
  readonly distinct: number;
}

/** Every payoff that one run has seen. Each distinct coalition is asked for once. */
export interface Ledger {
  /** Payoffs of the given rounds, in ONE call of the game (none if all are known). The first call adds ∅ and N. */
  evaluate(rounds: readonly (readonly Coalition[])[]): Promise<readonly Settled[]>;
  /** v(∅) and v(N); evaluates them if nothing has been yet. */
  ends(): Promise<{ readonly empty: number; readonly full: number }>;
}

/** @param total coalitions the whole run may come to, for progress; null where every call holds all there is. */
export function createLedger(game: Game, budget: number, total: number | null, run: RunOptions): Ledger {
  const n = game.players;
  const keyOf = coalitionKeyer(n);
  const slots = new Map<string, number>();
  const payoffs: number[] = [];

  /** Slots of the coalitions; those never seen are appended to `fresh`. */
  const assign = (coalitions: readonly Coalition[], fresh: Coalition[]): Int32Array => {
    const wanted = new Int32Array(coalitions.length);
    for (const [at, coalition] of coalitions.entries()) {
      const key = keyOf(coalition);
      let slot = slots.get(key);
      if (slot === undefined) {
        slot = slots.size;
        slots.set(key, slot);
        fresh.push(coalition);
      }
      wanted[at] = slot;
    }
    return wanted;
  };

  const ask = async (fresh: readonly Coalition[]): Promise<void> => {
    const done = payoffs.length;
    const end = total ?? done + fresh.length;
    const got = await game.evaluate(fresh, { signal: run.signal, onEvent: shifted(run, done, end) });
    checkPayoffs(fresh, got);
    for (const payoff of got) payoffs.push(payoff);
    run.onEvent?.({ kind: "progress", label: "coalitions", done: payoffs.length, total: end });
  };

  const evaluate: Ledger["evaluate"] = async (rounds) => {
    run.signal?.throwIfAborted();
    const fresh: Coalition[] = [];
    if (slots.size === 0) assign([new Uint8Array(n), new Uint8Array(n).fill(1)], fresh);
    const wanted = rounds.map((coalitions) => ({ slots: assign(coalitions, fresh), distinct: slots.size }));
    if (slots.size > budget) {
      throw new ExplainError(`the method asked for ${slots.size} distinct coalitions with a budget of ${budget}`);
    }
    if (fresh.length > 0) await ask(fresh);
    return wanted.map((round) => ({
      payoffs: Float64Array.from(round.slots, (slot) => itemAt(payoffs, slot)),
      distinct: round.distinct,
    }));
  };

  return {
    evaluate,
    async ends() {
      if (payoffs.length === 0) await evaluate([]);
      return { empty: itemAt(payoffs, 0), full: itemAt(payoffs, 1) };
    },
  };
}

/** The game counts the coalitions of one call; the watcher counts those of the whole run. */
function shifted(run: RunOptions, before: number, total: number): ((event: RunEvent) => void) | undefined {
  const onEvent = run.onEvent;
  if (onEvent === undefined) return undefined;
  return (event) =>
    onEvent(event.kind === "progress" && event.label === "coalitions" ? { ...event, done: before + event.done, total } : event);
}

function checkPayoffs(coalitions: readonly Coalition[], payoffs: Float64Array): void {
  if (payoffs.length !== coalitions.length) {
    throw new ExplainError(`the game gave ${payoffs.length} payoffs for ${coalitions.length} coalitions`);
  }
  const bad = payoffs.findIndex((payoff) => !Number.isFinite(payoff));
  if (bad >= 0) {
    throw new ExplainError(
      `the payoff of coalition ${formatCoalition(coalitions[bad] as Coalition)} is ${payoffs[bad]}, not a finite number`,
    );
  }
}
