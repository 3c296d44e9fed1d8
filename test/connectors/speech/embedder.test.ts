import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ClipEncoder } from "../../../src/connectors/speech/clip_encoder.js";
import { Embedder } from "../../../src/connectors/speech/embedder.js";
import type { ClipInput, PromptPart } from "../../../src/connectors/speech/prompt.js";
import { VirtualIds } from "../../../src/connectors/speech/virtual_ids.js";
import { openTable } from "../../../src/onnx/rows.js";
import { float32ToHalves, halvesToFloat32 } from "../../../src/onnx/tensors.js";
import { ByteLru } from "../../../src/util/byte_lru.js";
import { temporaryFolder } from "../../support/decoder_files.js";
import { npy, tableBytes } from "../../support/liquid_folder.js";

const clip = (key: string, take: readonly number[]): ClipInput => ({
  key,
  mel: () => ({ bins: 1, frames: 9, data: new Float32Array(9) }),
  take: Int32Array.from(take),
});

test("equal content has equal ids, other content other ids", () => {
  const ids = new VirtualIds();
  const whole = ids.range("a", 4);
  expect(ids.range("a", 2)).toBe(whole);
  const other = ids.range("b", 2);
  const frame = ids.frame(Int32Array.of(1, 2));
  expect(ids.frame(Int32Array.of(1, 2))).toBe(frame);
  const idsOf = ({ top, rows }: typeof whole): number[] => Array.from({ length: rows }, (_, row) => top - row);
  const all = [...idsOf(whole), ...idsOf(other), frame, ids.frame(Int32Array.of(2, 1))];
  expect(new Set(all).size).toBe(all.length);
  expect(all.every((id) => id < 0)).toBe(true);
  expect(ids.codes(frame)).toEqual(Int32Array.of(1, 2));
  expect(ids.codes(other.top)).toBeUndefined();
  expect(ids.rest()).toBe(false);
  expect(ids.range("a", 4)).toBe(whole);
  // More rows of a clip than were known of get a range of their own.
  const longer = idsOf(ids.range("a", 9));
  expect(new Set([...all, ...longer]).size).toBe(all.length + longer.length);
});

test("ids are never given twice, however much is forgotten", () => {
  const ids = new VirtualIds();
  const seen = new Set([ids.range("first", 1).top]);
  for (let i = 0; i < 20_001; i++) seen.add(ids.range(`${i}`, 1).top);
  expect(seen.size).toBe(20_002);
  ids.rest();
  expect(seen.has(ids.range("first", 1).top)).toBe(false);
  expect(seen.has(ids.range("20000", 1).top)).toBe(true);
  for (let i = 0; i < 100_001; i++) ids.frame(Int32Array.of(i));
  expect(ids.rest()).toBe(true);
});

/** An encoding of three rows for every clip. */
function threeRows(encoded: string[]): Embedder {
  const encoder = {
    encode: async ({ key }: ClipInput) => {
      encoded.push(key);
      return { rows: 3, hidden: 2, data: Float32Array.of(10, 11, 20, 21, 30, 31) };
    },
  } as unknown as ClipEncoder;
  const source = (scale: number) => ({
    hidden: 2,
    count: null,
    rows: (indices: readonly number[]) => indices.map((index) => Float32Array.of(scale * index, 1)),
    close: async () => undefined,
  });
  return new Embedder({ text: source(1), audio: async () => source(100), encoder: async () => encoder, codebooks: 2, codes: 5 });
}

test("prompts of text, clips and frames become rows; each clip is encoded once a call", async () => {
  const encoded: string[] = [];
  const embedder = threeRows(encoded);
  const parts: readonly PromptPart[] = [
    { kind: "text", ids: Int32Array.of(4, 5) },
    { kind: "audio-in", clip: clip("x", [0, 2]) },
    { kind: "audio-out", codes: Int32Array.of(1, 2, 3, 4) },
    { kind: "audio-in", clip: clip("y", [1]) },
  ];
  const call = embedder.call([parts]);
  const ids = call.prompts[0] as Int32Array;
  expect(ids.length).toBe(7);
  // Rows 1 and 5 + 2 of the audio table, summed; then 3 and 5 + 4.
  const rows = [4, 1, 5, 1, 10, 11, 30, 31, 100 + 700, 2, 300 + 900, 2, 20, 21];
  expect([...(await call.embed(ids))]).toEqual(rows);
  expect(encoded).toEqual(["x", "y"]);
  const aborted = embedder.call([parts], AbortSignal.abort(new Error("enough")));
  await expect(aborted.embed(ids)).rejects.toThrow("enough");
  const beyond = embedder.call([[{ kind: "audio-in", clip: clip("z", [3]) }]]);
  await expect(beyond.embed(beyond.prompts[0] as Int32Array)).rejects.toThrow(/row 3 of a clip.*has 3/);
});

test("what stands behind an id is its call's: another call that was not given the clip has no such sound", async () => {
  const embedder = threeRows([]);
  const [first, second] = ["x", "y"].map((key) => embedder.call([[{ kind: "audio-in", clip: clip(key, [0]) }]]));
  const ids = first?.prompts[0] as Int32Array;
  expect([...((await first?.embed(ids)) ?? [])]).toEqual([10, 11]);
  await expect(second?.embed(ids)).rejects.toThrow(/no audio stands behind the id -1 in this call/);
  // A third call with the same clip has the same ids, and its own claim on them.
  const third = embedder.call([[{ kind: "audio-in", clip: clip("x", [0]) }]]);
  expect(third.prompts[0]).toEqual(ids);
  expect([...(await third.embed(ids))]).toEqual([10, 11]);
});

test("rows of a clip that is first asked for in part, then in full, are the same rows, and nobody else's", async () => {
  const rows = 9;
  const encode = async ({ key }: ClipInput) => ({
    rows,
    hidden: 1,
    data: Float32Array.from({ length: rows }, (_, row) => (key === "a" ? 0 : 100) + row),
  });
  const source = { hidden: 1, count: null, rows: () => [], close: async () => undefined };
  const encoder = { encode } as unknown as ClipEncoder;
  const embedder = new Embedder({ text: source, audio: async () => source, encoder: async () => encoder, codebooks: 1, codes: 1 });
  const takes = [
    ["a", [0]],
    ["b", [1]],
    ["a", [0, 2]],
    ["a", [1, 8]],
    ["b", [0, 8]],
  ] as const;
  const call = embedder.call([takes.map(([key, take]) => ({ kind: "audio-in", clip: clip(key, take) }))]);
  const ids = call.prompts[0] as Int32Array;
  for (const order of [ids, ids.toReversed()]) {
    const found = [...(await call.embed(order))];
    expect(order === ids ? found : found.reverse()).toEqual([0, 101, 0, 2, 1, 8, 100, 108]);
  }
});

test("tables of every type, whole rows only", async () => {
  const folder = temporaryFolder();
  const values = Float32Array.of(0, 1, -0.5, 2, 1024, -3);
  for (const type of ["float32", "float16", "bfloat16"] as const) {
    writeFileSync(join(folder, "t.bin"), tableBytes(values, type));
    writeFileSync(join(folder, "t.json"), JSON.stringify({ vocab_size: 3, hidden_size: 2, dtype: type, byte_order: "little" }));
    const table = await openTable(folder, "t.bin", "t.json");
    expect([table.count, table.hidden, ...(await table.rows([2, 0, 2])).map((row) => [...row])]).toEqual([
      3,
      2,
      [1024, -3],
      [0, 1],
      [1024, -3],
    ]);
    await expect(async () => await table.rows([3])).rejects.toThrow(/no row 3: valid are 0…2/);
    await table.close();
  }
  writeFileSync(join(folder, "t.npy"), npy(values, 3, 2));
  const table = await openTable(folder, "t.npy", null);
  expect((await table.rows([1])).map((row) => [...row])).toEqual([[-0.5, 2]]);
  await table.close();
  writeFileSync(join(folder, "t.json"), JSON.stringify({ vocab_size: 3, hidden_size: 2, byte_order: "big" }));
  await expect(openTable(folder, "t.bin", "t.json")).rejects.toThrow(/t\.json is not understood: byte_order/);
  writeFileSync(join(folder, "t.npy"), "hello");
  await expect(openTable(folder, "t.npy", null)).rejects.toThrow(/no \.npy file/);
});

test("float16: nearest, ties to even, infinities and what is too small", () => {
  const exact = halvesToFloat32(Uint16Array.from({ length: 65_536 }, (_, bits) => bits));
  const finite = exact.filter(Number.isFinite);
  expect(halvesToFloat32(float32ToHalves(finite))).toEqual(finite);
  const cases = [
    [1 + 2 ** -11, 1],
    [1 + 3 * 2 ** -11, 1 + 2 ** -9],
    [65_519, 65_504],
    [65_520, Infinity],
    [2 ** -25, 0],
    [3 * 2 ** -25, 2 ** -23],
    [-Infinity, -Infinity],
    [2 ** -14 - 2 ** -26, 2 ** -14],
  ] as const;
  for (const [value, wanted] of cases) expect(halvesToFloat32(float32ToHalves(Float32Array.of(value)))[0]).toBe(wanted);
  expect(halvesToFloat32(float32ToHalves(Float32Array.of(Number.NaN)))[0]).toBeNaN();
});

test("the cache keeps what was used last, and the newest however large", () => {
  const lru = new ByteLru<number>(10);
  lru.set("a", 1, 4);
  lru.set("b", 2, 4);
  expect(lru.get("a")).toBe(1);
  lru.set("c", 3, 4);
  expect([lru.get("a"), lru.get("b"), lru.get("c")]).toEqual([1, undefined, 3]);
  lru.set("a", 5, 1);
  lru.set("d", 4, 5);
  expect([lru.get("a"), lru.get("c"), lru.get("d")]).toEqual([5, 3, 4]);
  lru.set("huge", 6, 1_000);
  expect([lru.get("huge"), lru.get("d")]).toEqual([6, undefined]);
});
