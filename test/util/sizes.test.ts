import { expect, test } from "vitest";
import { gibibytes } from "../../src/util/sizes.js";

test("bytes are told in powers of 1024", () => {
  expect([0, 2 ** 30, 2.5 * 2 ** 30, 1e9].map(gibibytes)).toEqual(["0.0 GiB", "1.0 GiB", "2.5 GiB", "0.9 GiB"]);
});
