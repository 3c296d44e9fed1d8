import type { Chat } from "../chat/types.js";
import { ExplainError } from "../errors.js";
import type { RunOptions } from "../events.js";
import { append } from "../util/arrays.js";
import { itemAt } from "../util/elements.js";
import type { Asker } from "./ask.js";
import { coalitionKeyer, formatCoalition } from "./coalitions.js";
import type { Recorded } from "./recording.js";
import type { Coalition } from "./types.js";

/** Where the answers to a game's coalitions come from: a model, or a recording of one. */
export interface Source<T> {
  /** In order. `onKnown` is told how many more of them are known now. */
  ask(coalitions: readonly Coalition[], run: RunOptions, onKnown?: (coalitions: number) => void): Promise<readonly T[]>;
  readonly counts: Asker<T>["counts"];
  /** All that it was asked so far. */
  recorded(): Recorded<T>;
}

/** Coalitions whose masked chats are held at a time. */
const SLICE = 4096;

/** Asks a model of the chats that coalitions keep. */
export function chatSource<T>(players: number, masked: (coalition: Coalition) => Chat, asker: Asker<T>): Source<T> {
  const record = createRecord<T>(players);
  return {
    get counts() {
      return asker.counts;
    },
    recorded: () => record.all,
    async ask(coalitions, run, onKnown) {
      const answers: T[] = [];
      for (let from = 0; from < coalitions.length; from += SLICE) {
        run.signal?.throwIfAborted();
        const slice = coalitions.slice(from, from + SLICE);
        const chats = slice.map((coalition) => masked(coalition));
        const got = await asker.ask(chats, run, onKnown);
        slice.forEach((coalition, i) => {
          record.add(coalition, (chats[i] as Chat).fingerprint, got[i] as T);
        });
        append(answers, got);
      }
      return answers;
    },
  };
}

/** Finds answers in a recording, and only there. */
export function recordedSource<T>(players: number, recorded: Recorded<T>): Source<T> {
  const keyOf = coalitionKeyer(players);
  const inputs = new Map(recorded.coalitions.map((coalition, i) => [keyOf(coalition), itemAt(recorded.inputOf, i)]));
  const record = createRecord<T>(players);
  return {
    get counts() {
      const distinct = record.all.inputs.length;
      return { distinct, memoHits: distinct };
    },
    recorded: () => record.all,
    async ask(coalitions, _run, onKnown) {
      const found = coalitions.flatMap((coalition) => {
        const input = recorded.inputs[inputs.get(keyOf(coalition)) ?? -1];
        if (input === undefined) return [];
        record.add(coalition, input.fingerprint, input.got);
        return [input.got];
      });
      if (found.length < coalitions.length) {
        const missing = coalitions.filter((coalition) => !inputs.has(keyOf(coalition)));
        throw notRecorded(missing, coalitions.length, recorded.coalitions.length);
      }
      onKnown?.(found.length);
      return found;
    },
  };
}

function notRecorded(missing: readonly Coalition[], asked: number, recorded: number): ExplainError {
  const [first = new Uint8Array(0)] = missing;
  return new ExplainError(
    `the recording holds ${recorded} coalitions, and ${missing.length} of the ${asked} that these settings ask for next are not among them, ` +
      `such as ${formatCoalition(first)}: only the model can answer these`,
  );
}

function createRecord<T>(players: number): { readonly all: Recorded<T>; add(coalition: Coalition, fingerprint: string, got: T): void } {
  const keyOf = coalitionKeyer(players);
  const known = new Set<string>();
  const places = new Map<string, number>();
  const all = { coalitions: [] as Coalition[], inputOf: [] as number[], inputs: [] as { fingerprint: string; got: T }[] };
  return {
    all,
    add(coalition, fingerprint, got) {
      const key = keyOf(coalition);
      if (known.has(key)) return;
      known.add(key);
      const place = places.get(fingerprint) ?? all.inputs.push({ fingerprint, got }) - 1;
      places.set(fingerprint, place);
      all.coalitions.push(coalition);
      all.inputOf.push(place);
    },
  };
}
