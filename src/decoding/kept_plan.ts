import type { DecoderHints } from "./discover.js";
import type { Capabilities } from "./probe.js";

/** How a graph's file may be changed before it is loaded, the best first; `file_edits.ts`. */
export const EDITS = ["attention", "start", "room", "updates", "outside", "none"] as const;
export type Edit = (typeof EDITS)[number];

/** What was found by trying a graph. */
export interface Tried {
  readonly edit: Edit;
  /** The file's head picks positions (`pickedHead`). */
  readonly picks: boolean;
  readonly can: Capabilities;
}

/** Raised whenever something else is tried. */
const TRIALS = 5;

/** In the order of their bits. */
const ABILITIES = [
  "batch",
  "chunkSingle",
  "chunkBatch",
  "stepBatch",
  "cache",
  "logitsToKeep",
  "rowsIndependent",
  "raggedPasses",
  "raggedSteps",
] as const satisfies readonly (keyof Capabilities)[];

/** How a graph is opened. */
interface Opening {
  readonly device: string;
  readonly threads: number;
  readonly largeCache?: number;
  readonly largeVocabulary?: number;
  readonly hints?: DecoderHints | undefined;
  readonly embed?: unknown;
}

/** What findings depend on besides the graph's files and the machine. */
export function questionOf({ device, threads, largeCache, largeVocabulary, hints, embed }: Opening): readonly (string | number)[] {
  // Idle inputs are what the file says.
  const told = JSON.stringify({ ...hints, idle: undefined });
  return [TRIALS, device, threads, largeCache ?? "", largeVocabulary ?? "", told, embed === undefined ? "ids" : "embeds"];
}

/** As one number: the abilities' bits, whether positions are picked, then the change. */
export function writeTried({ edit, picks, can }: Tried): number {
  const bits = ABILITIES.reduce((sum, ability, i) => sum + (can[ability] ? 2 ** i : 0), 0);
  return bits + (2 * EDITS.indexOf(edit) + (picks ? 1 : 0)) * 2 ** ABILITIES.length;
}

/** null where there is no such number, or it stands for nothing. */
export function readTried(kept: number | null): Tried | null {
  if (kept === null || !Number.isSafeInteger(kept)) return null;
  const opened = Math.floor(kept / 2 ** ABILITIES.length);
  const edit = EDITS[Math.floor(opened / 2)];
  if (edit === undefined) return null;
  const can = Object.fromEntries(ABILITIES.map((ability, i) => [ability, Math.floor(kept / 2 ** i) % 2 === 1]));
  return { edit, picks: opened % 2 === 1, can: can as unknown as Capabilities };
}
