import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

/** One vector of the reference implementation. */
export interface GoldenCase {
  readonly id: string;
  readonly fn?: string;
  readonly note?: string;
  // biome-ignore lint/suspicious/noExplicitAny: vectors have a shape of their own in every family
  readonly input: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly expected: any;
}

export interface GoldenFamily {
  /** File in test/golden without its ending. */
  readonly file: string;
  /** Throws (by `expect`) where our result differs from the vector. */
  readonly matches: (vector: GoldenCase) => void | Promise<void>;
  /** Why ours differs on purpose: the reference's defect. Such a case must really differ. */
  readonly defect?: (vector: GoldenCase) => string | undefined;
  /** Mechanisms of the reference that do not exist here. */
  readonly notApplicable?: (vector: GoldenCase) => string | undefined;
}

export function loadGolden(file: string): readonly GoldenCase[] {
  return JSON.parse(readFileSync(new URL(`../golden/${file}.json`, import.meta.url), "utf8")) as GoldenCase[];
}

/**
 * Holds every vector of a family to one of three fates: matched; different because of a named defect, and shown to be
 * different; or not applicable, with the reason in the test's name.
 */
export function describeGolden(family: GoldenFamily): void {
  describe(`golden ${family.file}`, () => {
    for (const vector of loadGolden(family.file)) {
      const inapplicable = family.notApplicable?.(vector);
      const defect = family.defect?.(vector);
      if (inapplicable !== undefined) {
        it(`${vector.id}: not applicable, ${inapplicable}`, () => {
          expect(defect, "a case has one fate").toBeUndefined();
        });
      } else if (defect !== undefined) {
        it(`${vector.id}: differs by ${defect}`, async () => {
          await expect((async () => family.matches(vector))()).rejects.toThrow();
        });
      } else {
        it(vector.id, () => family.matches(vector));
      }
    }
  });
}

/** Bit string of a vector ("101") as a coalition. */
export const coalitionOf = (bits: string): Uint8Array => Uint8Array.from(bits, Number);

/** Vectors write NaN as null and infinities as strings. */
export const numberOf = (value: unknown): number => (value === null ? Number.NaN : Number(value));
