import type { Chat } from "../chat/types.js";
import { SpecError } from "../errors.js";
import { sentenceUnits, wordUnits } from "../text/words.js";
import { int32At } from "../util/elements.js";
import type { Run } from "./runs.js";
import type { PlayerKind } from "./types.js";

/** What one player is, for each kind of content. */
export interface Granularity {
  readonly text: "token" | "word" | "sentence" | "turn";
  /** auto: the words of an aligned clip, segments of any other. */
  readonly audio: "auto" | "token" | "segment" | "word";
  /** Length of an audio segment. */
  readonly segmentSeconds: number;
}

/** How a run falls into units: `units[i]` is the unit of token `run.start + i`; equal numbers = one unit. */
export interface RunUnits {
  readonly kind: PlayerKind;
  readonly units: Int32Array;
}

export function unitsOf(chat: Chat, run: Run, granularity: Granularity): RunUnits {
  const kind = run.kind === "audio" ? audioKind(chat, run, granularity.audio) : granularity.text;
  switch (kind) {
    case "token":
      return { kind, units: Int32Array.from({ length: run.end - run.start }, (_, i) => i) };
    case "word":
      // An aligned clip has one token a word already.
      if (run.kind === "audio") return { kind, units: Int32Array.from({ length: run.end - run.start }, (_, i) => i) };
      return { kind, units: unitsOfTokens(run, wordUnits(run.text)) };
    case "sentence":
      return { kind, units: unitsOfTokens(run, sentenceUnits(run.text)) };
    case "turn":
      return { kind, units: new Int32Array(run.end - run.start) };
    case "segment":
      return { kind, units: segmentUnits(chat, run, granularity.segmentSeconds) };
  }
}

function audioKind(chat: Chat, { start }: Run, kind: Granularity["audio"]): Exclude<Granularity["audio"], "auto"> {
  if (kind !== "auto") return kind;
  return (chat.tokenConfidences?.[start] ?? null) === null ? "segment" : "word";
}

/**
 * The unit of each token: that of its first character that is not blank. A token without text goes on with the character
 * before it; a blank one leads the token after it (or, at the end, follows the one before).
 */
function unitsOfTokens(run: Run, unitOfCharacter: Int32Array): Int32Array {
  const units = new Int32Array(run.end - run.start).fill(-1);
  for (let i = 0; i < units.length; i++) {
    const text = run.text.slice(run.offsets[i], run.offsets[i + 1]);
    if (text === "") units[i] = i > 0 ? int32At(units, i - 1) : -1;
    else {
      const first = text.search(/\S/u);
      if (first >= 0) units[i] = int32At(unitOfCharacter, int32At(run.offsets, i) + first);
    }
  }
  for (let i = units.length - 2; i >= 0; i--) if (units[i] === -1) units[i] = int32At(units, i + 1);
  for (let i = 1; i < units.length; i++) if (units[i] === -1) units[i] = int32At(units, i - 1);
  return units;
}

/**
 * Segments of equal length, counted from the start of the run's clip; a token belongs where its middle lies. What is left at the
 * end is a segment of its own from half the length on, and belongs to the last segment below.
 */
function segmentUnits(chat: Chat, run: Run, seconds: number): Int32Array {
  const times = chat.tokenTimes.slice(run.start, run.end).map((time, i) => time ?? withoutTime(run, i));
  const origin = times[0]?.startS ?? 0;
  const segments = Math.max(1, Math.round(((times.at(-1)?.endS ?? origin) - origin) / seconds));
  return Int32Array.from(times, ({ startS, endS }) => Math.min(segments - 1, Math.floor(((startS + endS) / 2 - origin) / seconds)));
}

function withoutTime(run: Run, i: number): never {
  throw new SpecError(
    `audio token ${run.start + i} of turn ${run.turn} has no time, so audio cannot be cut into segments: use players.audio: token`,
  );
}
