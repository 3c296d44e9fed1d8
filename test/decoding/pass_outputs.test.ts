import { Tensor } from "onnxruntime-node";
import { expect, test } from "vitest";
import type { DecoderIo } from "../../src/decoding/discover.js";
import { SCORES } from "../../src/decoding/head_edit.js";
import type { Pass } from "../../src/decoding/pass.js";
import { keptLogits, type PassOutputs, pickedFeeds, readOutputs } from "../../src/decoding/pass_outputs.js";

const io = (more: Partial<DecoderIo> = {}): DecoderIo =>
  ({ logits: { name: "logits" }, hidden: { name: "hidden" }, picked: null, logitsToKeep: null, ...more }) as DecoderIo;
const pass = (more: Partial<Pass> = {}): Pass => ({ ids: new Int32Array(6), cache: { id: 0, rows: 2, length: 0 }, keep: 2, ...more });
const tensor = (values: readonly number[], dims: readonly number[]): Tensor => new Tensor("float32", Float32Array.from(values), dims);
const given = (tensors: Readonly<Record<string, Tensor>>): PassOutputs => ({
  fed: 3,
  path: "model.onnx",
  output: (name) => {
    const found = tensors[name];
    if (found === undefined) throw new Error(`${name} was not fetched`);
    return found;
  },
});
/** Of two rows of three positions, two numbers each: row, position. */
const WHOLE = tensor(
  [0, 0, 0, 1, 0, 2, 1, 0, 1, 1, 1, 2].map((value, i) => value + (i % 2) * 0.5),
  [2, 3, 2],
);
const HIDDEN = tensor(
  Array.from({ length: 6 }, (_, i) => 10 * i),
  [2, 3, 1],
);

test("kept positions are found among all logits, which are not moved", () => {
  const { logits, vocabulary, at, hidden } = readOutputs(io(), pass(), given({ logits: WHOLE }));
  expect([at(0, 0), at(0, 1), at(1, 0), at(1, 1)]).toEqual([1, 2, 4, 5]);
  expect([vocabulary, logits.length, hidden]).toEqual([2, 12, null]);
});

test("hidden states and logits of kept positions are in one order", () => {
  for (const picked of [null, { scores: true }]) {
    const logits = picked === null ? WHOLE : tensor([0, 1.5, 0, 2.5, 1, 1.5, 1, 2.5], [1, 4, 2]);
    const read = readOutputs(io({ picked }), pass({ wantHidden: true }), given({ logits, hidden: HIDDEN }));
    expect([read.at(0, 0), read.at(1, 1)]).toEqual([0, 3]);
    expect([...(read.hidden ?? [])]).toEqual([10, 20, 40, 50]);
    expect([...keptLogits({ ...read, cache: pass().cache }, 2, 2)]).toEqual([0, 1.5, 0, 2.5, 1, 1.5, 1, 2.5]);
  }
});

test("a score is the same from logits and from what the graph makes of them, which is all that is fetched", () => {
  const own = readOutputs(io(), pass({ keep: 1, cache: { id: 0, rows: 1, length: 0 } }), given({ logits: tensor([1, 3], [1, 1, 2]) }));
  const told = { [SCORES.own]: tensor([1], [1, 1, 1]), [SCORES.highest]: tensor([3], [1, 1, 1]) };
  const parts = { [SCORES.parts]: tensor([Math.exp(-2), 1], [1, 2]) };
  const asked = pass({ keep: 1, cache: { id: 0, rows: 1, length: 0 }, targets: Int32Array.of(0) });
  const inside = readOutputs(io({ picked: { scores: true } }), asked, given({ ...told, ...parts }));
  expect(inside.logProbability(0, 0, 0)).toBeCloseTo(own.logProbability(0, 0, 0), 6);
  expect(own.logProbability(0, 0, 0)).toBeCloseTo(-2 - Math.log(1 + Math.exp(-2)), 12);
  expect(inside.logits).toHaveLength(0);
  expect(() => readOutputs(io(), pass({ keep: 3 }), given({ logits: tensor([1, 2, 1, 2], [2, 1, 2]) }))).toThrow(
    "model.onnx gave logits of 1 positions where 3 were asked for",
  );
});

test("nothing is read where nothing is kept", () => {
  expect(readOutputs(io(), pass({ keep: 0 }), given({})).logits).toHaveLength(0);
});

const fedAs = (feeds: Record<string, Tensor>): readonly (readonly number[])[] =>
  Object.values(feeds).map(({ data }) => [...(data as BigInt64Array)].map(Number));

test("picked are the kept positions, two of them at least where there are several, and what they are scored for", () => {
  const picked = { scores: true };
  const one = { id: 0, rows: 1, length: 4 };
  expect(fedAs(pickedFeeds(io({ picked }), pass({ targets: Int32Array.of(5, 6, 7, 8) }), 3))).toEqual([
    [1, 2, 4, 5],
    [5, 6, 7, 8],
  ]);
  expect(fedAs(pickedFeeds(io({ picked: { scores: false } }), pass({ cache: one, keep: 1 }), 3))).toEqual([[2, 2]]);
  expect(fedAs(pickedFeeds(io({ picked: { scores: false } }), pass({ cache: one, keep: 1 }), 1))).toEqual([[0]]);
  expect(fedAs(pickedFeeds(io({ picked }), pass({ keep: 0 }), 3))).toEqual([
    [0, 0],
    [0, 0],
  ]);
});

test("a graph that keeps the last positions itself has those to pick from", () => {
  const logitsToKeep = { name: "logits_to_keep", type: "int64", rank: 0 };
  expect(fedAs(pickedFeeds(io({ picked: { scores: false }, logitsToKeep }), pass(), 3))).toEqual([[0, 1, 2, 3]]);
});
