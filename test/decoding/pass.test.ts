import { expect, test } from "vitest";
import { columns, maskTensor, type Pass, picks, places, positions } from "../../src/decoding/pass.js";

const cache = { id: 1, rows: 2, length: 3 };
const pass = (more: Partial<Pass> = {}): Pass => ({ ids: new Int32Array(4), cache, keep: 1, ...more });

test("a pass of full rows sees all that stands before and in it, and goes on where its pasts end", () => {
  const { data, dims } = maskTensor("int64", pass(), [2, 5]);
  expect([...(data as BigInt64Array)].map(Number)).toEqual(new Array(10).fill(1));
  expect(dims).toEqual([2, 5]);
  expect([...positions(pass(), 2, 2)]).toEqual([3, 4, 3, 4]);
});

test("what stands behind a shorter row is neither seen nor further on", () => {
  const ragged = pass({ lengths: [5, 4] });
  expect([...(maskTensor("int64", ragged, [2, 5]).data as BigInt64Array)].map(Number)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 0]);
  expect([...positions(ragged, 2, 2)]).toEqual([3, 4, 3, 3]);
});

test("a row in a cache with room goes on, and is written, behind its own tokens", () => {
  const roomy = pass({ ids: new Int32Array(2), seen: [3, 1], lengths: [4, 2] });
  expect([...positions(roomy, 2, 1)]).toEqual([3, 1]);
  expect([...places(roomy, 2, 1)]).toEqual([0, 0, 3, 0, 1, 3, 1, 0, 1, 1, 1, 1]);
});

test("what all rows start with is seen without a mask, and counted in positions alone", () => {
  const start = { id: 0, rows: 1, length: 2 };
  const behind = pass({ cache: { ...cache, start }, lengths: [5, 4] });
  expect([...(maskTensor("int64", behind, [2, 3]).data as BigInt64Array)].map(Number)).toEqual([1, 1, 1, 1, 1, 0]);
  expect([...(maskTensor("int64", { ...behind, lengths: [5, 5] }, [2, 3]).data as BigInt64Array)].map(Number)).toEqual(
    new Array(6).fill(1),
  );
  expect([...positions(behind, 2, 2)]).toEqual([3, 4, 3, 3]);
  const roomy = pass({ ids: new Int32Array(2), cache: { ...cache, start }, seen: [3, 2], lengths: [4, 3] });
  expect([...places(roomy, 1, 1)]).toEqual([0, 0, 1, 1, 0, 0]);
});

test("picked positions are the last of each row", () => {
  expect([...picks({ keep: 2 }, 3, 4)]).toEqual([2, 3, 6, 7, 10, 11]);
  expect([...picks({ keep: 0 }, 3, 4)]).toEqual([]);
});

test("columns of a matrix", () => {
  expect([...columns(Float32Array.of(1, 2, 3, 4, 5, 6), 3, 1, 3)]).toEqual([2, 3, 5, 6]);
});
