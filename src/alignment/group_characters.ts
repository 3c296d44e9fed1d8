import type { TimedCharacter } from "./character_times.js";

/** A unit with its time, before it is tied to samples. */
export interface TimedUnit {
  /** Index of the caller's unit. */
  readonly unit: number;
  /** Seconds. */
  readonly start: number;
  readonly end: number;
  /** Mean over the unit's characters, 0 … 1. */
  readonly confidence: number;
  readonly boundaryRefined: boolean;
}

/**
 * Characters → the caller's units. Every character knows its unit, so none is matched by its letter: a unit that could not be
 * aligned is left out and takes nothing from those after it.
 *
 * @param units of each character; −1 = a separator, which belongs to none.
 * @returns units with at least one character, in order.
 */
export function groupCharacters(characters: readonly TimedCharacter[], units: ArrayLike<number>): readonly TimedUnit[] {
  const byUnit = new Map<number, TimedCharacter[]>();
  characters.forEach((character, k) => {
    const unit = units[k] ?? -1;
    if (unit >= 0) byUnit.set(unit, [...(byUnit.get(unit) ?? []), character]);
  });
  return [...byUnit].map(([unit, own]) => unitOf(unit, own));
}

function unitOf(unit: number, characters: readonly TimedCharacter[]): TimedUnit {
  const [first, last] = [characters[0] as TimedCharacter, characters.at(-1) as TimedCharacter];
  return {
    unit,
    start: first.start,
    end: last.end,
    confidence: characters.reduce((sum, { confidence }) => sum + confidence, 0) / characters.length,
    boundaryRefined: characters.every(({ boundaryRefined }) => boundaryRefined),
  };
}
