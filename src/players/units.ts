import type { Chat } from "../chat/types.js";
import { SpecError } from "../errors.js";
import { TEXT_UNITS, type TextUnitName } from "../text/units/registry.js";
import type { TextCut, TextUnitDefinition } from "../text/units/unit.js";
import { reasonOf } from "../util/errors.js";
import type { Run } from "./runs.js";
import { unitsOfTokens } from "./token_units.js";
import type { PlayerKind } from "./types.js";

/** What one player is, for each kind of content. */
export interface Granularity {
  readonly text: TextUnitName;
  /** auto: the words of an aligned clip, segments of any other. */
  readonly audio: "auto" | "token" | "segment" | "word";
  /** Length of an audio segment. */
  readonly segmentSeconds: number;
}

/** How a run falls into units: `units[i]` is the unit of token `run.start + i`; equal numbers = one unit, `KEPT` = in none. */
export interface RunUnits {
  readonly kind: PlayerKind;
  readonly units: Int32Array;
  /** What stands before a unit's text where it is shown. @default nothing */
  readonly label?: ((unit: number) => string) | undefined;
  /** Blanks before it are part of a unit's text as it is shown. @default false */
  readonly indented?: boolean;
}

/** @throws SpecError where the run's text has no such units, or its sound no times. */
export function unitsOf(chat: Chat, run: Run, granularity: Granularity): RunUnits {
  if (run.kind === "text") return textUnits(run, TEXT_UNITS[granularity.text]);
  const kind = audioKind(chat, run, granularity.audio);
  // An aligned clip has one token a word already.
  return { kind, units: kind === "segment" ? segmentUnits(chat, run, granularity.segmentSeconds) : eachItsOwn(run) };
}

const eachItsOwn = ({ start, end }: Run): Int32Array => Int32Array.from({ length: end - start }, (_, i) => i);

function textUnits(run: Run, definition: TextUnitDefinition<TextUnitName>): RunUnits {
  const { name: kind, cut, between, indented } = definition;
  if (cut === null) return { kind, units: eachItsOwn(run) };
  const found = cutOf(run, kind, cut);
  return { kind, units: unitsOfTokens(run, found, between), label: found.label, indented };
}

function cutOf({ text, turn }: Run, kind: string, cut: (text: string) => TextCut): TextCut {
  try {
    return cut(text);
  } catch (cause) {
    if (!(cause instanceof SpecError)) throw cause;
    throw new SpecError(`explain.players: ${kind}: the text of turn ${turn} ${reasonOf(cause)}`, { cause });
  }
}

function audioKind(chat: Chat, { start }: Run, kind: Granularity["audio"]): Exclude<Granularity["audio"], "auto"> {
  if (kind !== "auto") return kind;
  return (chat.tokenConfidences?.[start] ?? null) === null ? "segment" : "word";
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
