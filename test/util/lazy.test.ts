import { expect, test } from "vitest";
import { lazy } from "../../src/util/lazy.js";

test("is opened when it is first needed, once, whoever asks meanwhile", async () => {
  let opened = 0;
  const one = lazy(async () => {
    opened += 1;
    await Promise.resolve();
    return { number: opened };
  });
  expect(one.peek()).toBeNull();
  expect(opened).toBe(0);
  const [a, b] = await Promise.all([one.get(), one.get()]);
  expect(opened).toBe(1);
  expect(a).toBe(b);
  expect(await one.peek()).toBe(a);
});

test("what it could not open is told to everyone who asks", async () => {
  const broken = lazy(() => Promise.reject(new Error("no such file")));
  await expect(broken.get()).rejects.toThrow("no such file");
  await expect(broken.get()).rejects.toThrow("no such file");
});
