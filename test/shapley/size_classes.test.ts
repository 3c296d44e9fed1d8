import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allocate, roundSystematically, sizeClasses } from "../../src/shapley/size_classes.js";

const total = (values: Iterable<number>): number => [...values].reduce((sum, value) => sum + value, 0);

describe("strata of pairs", () => {
  test.each([2, 3, 4, 5, 10, 11])("of %i players hold every coalition but ∅ and N once", (n) => {
    const classes = sizeClasses(n);
    expect(total(classes.map(({ pairs }) => 2 * pairs))).toBe(2 ** n - 2);
    expect(classes.map(({ size }) => size)).toEqual(Array.from({ length: Math.floor(n / 2) }, (_, i) => i + 1));
    for (const { size, rowsPerPair } of classes) expect(rowsPerPair).toBe(2 * size === n ? 2 : 1);
  });
});

const strata = fc.array(fc.record({ mass: fc.double({ min: 0.01, max: 10, noNaN: true }), lower: fc.nat(5), room: fc.nat(50) }), {
  minLength: 1,
  maxLength: 8,
});

describe("allocation", () => {
  test("spends all, between bounds, in proportion where no bound is in the way", () => {
    fc.assert(
      fc.property(strata, fc.double({ min: 0, max: 1, noNaN: true }), (all, share) => {
        const lower = all.map((one) => one.lower);
        const upper = all.map((one) => one.lower + one.room);
        const budget = total(lower) + share * (total(upper) - total(lower));
        const mass = all.map((one) => one.mass);
        const found = allocate(budget, mass, { lower, upper });
        expect(Math.abs(total(found) - budget)).toBeLessThan(1e-9 * Math.max(1, budget));
        const free = [...found.keys()].filter((k) => found[k] !== lower[k] && found[k] !== upper[k]);
        const rates = free.map((k) => (found[k] as number) / (mass[k] as number));
        for (const rate of rates) expect(rate / (rates[0] as number)).toBeCloseTo(1, 9);
        for (const [k, value] of found.entries()) {
          expect(value).toBeGreaterThanOrEqual(lower[k] as number);
          expect(value).toBeLessThanOrEqual(upper[k] as number);
        }
      }),
    );
  });
});

describe("systematic rounding", () => {
  const shares = fc.array(fc.double({ min: 0, max: 20, noNaN: true }), { minLength: 1, maxLength: 9 });

  test("keeps the sum, moves nothing by one or more, and leaves whole numbers", () => {
    fc.assert(
      fc.property(shares, fc.double({ min: 0, max: 0.999999, noNaN: true }), (values, start) => {
        const rest = Math.ceil(total(values)) - total(values);
        const expected = Float64Array.from([...values, rest]);
        const budget = Math.round(total(expected));
        const counts = roundSystematically(expected, budget, start);
        expect(total(counts)).toBe(budget);
        for (const [k, count] of counts.entries()) {
          const value = expected[k] as number;
          if (Number.isInteger(value)) expect(count).toBe(value);
          else expect(Math.abs(count - value)).toBeLessThan(1 + 1e-9);
        }
      }),
    );
  });

  test("gives every stratum what it expects, over all starts", () => {
    const expected = Float64Array.of(0.25, 1.5, 2, 0.75, 3.5);
    const steps = 1000;
    const means = new Float64Array(expected.length);
    for (let step = 0; step < steps; step++) {
      for (const [k, count] of roundSystematically(expected, 8, step / steps).entries()) means[k] = (means[k] as number) + count / steps;
    }
    for (const [k, mean] of means.entries()) expect(mean).toBeCloseTo(expected[k] as number, 2);
  });
});
