import { expect, test } from "vitest";
import { currentSignal, ofNobody, orAborted, withSignal } from "../../src/util/abort.js";

const never = new Promise<never>(() => {});

test("what is called within a signal's reach finds it, however deep and late, and nobody else does", async () => {
  const { signal } = new AbortController();
  const deep = async (): Promise<AbortSignal | undefined> => {
    await new Promise((resolve) => setImmediate(resolve));
    return currentSignal();
  };
  const [inside, outside] = await Promise.all([withSignal(signal, deep), deep()]);
  expect(inside).toBe(signal);
  expect(outside).toBeUndefined();
  const inner = new AbortController();
  expect(await withSignal(signal, () => withSignal(inner.signal, deep))).toBe(inner.signal);
  expect(await withSignal(signal, () => withSignal(undefined, deep))).toBe(signal);
});

test("a call is not begun under a signal that is aborted", async () => {
  let begun = false;
  const call = async (): Promise<void> => {
    begun = true;
  };
  await expect(withSignal(AbortSignal.abort(new Error("before")), call)).rejects.toThrow("before");
  expect(begun).toBe(false);
});

test("who waits is sent away by the abort; else what was promised comes", async () => {
  const controller = new AbortController();
  const waiting = orAborted(never, controller.signal);
  controller.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
  await expect(orAborted(never, controller.signal)).rejects.toThrow("enough");
  expect(await orAborted(Promise.resolve(7), new AbortController().signal)).toBe(7);
  expect(await orAborted(Promise.resolve(7), undefined)).toBe(7);
  await expect(orAborted(Promise.reject(new Error("own")), new AbortController().signal)).rejects.toThrow("own");
});

test("what several wait for is in nobody's reach", async () => {
  const { signal } = new AbortController();
  expect(await withSignal(signal, () => ofNobody(async () => currentSignal()))).toBeUndefined();
});
