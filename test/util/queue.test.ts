import { expect, test } from "vitest";
import { createQueue } from "../../src/util/queue.js";

test("runs one thing at a time, in the order asked, and gives each its own answer", async () => {
  const queue = createQueue();
  const told: string[] = [];
  const thing = (name: string) => async (): Promise<string> => {
    told.push(`${name} begins`);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    told.push(`${name} ends`);
    return name;
  };
  expect(await Promise.all([queue(thing("a")), queue(thing("b")), queue(thing("c"))])).toEqual(["a", "b", "c"]);
  expect(told).toEqual(["a", "b", "c"].flatMap((name) => [`${name} begins`, `${name} ends`]));
});

test("a failure is told to who asked, and holds up nobody", async () => {
  const queue = createQueue();
  const failed = queue(() => Promise.reject(new Error("no")));
  const after = queue(async () => 1);
  await expect(failed).rejects.toThrow("no");
  expect(await after).toBe(1);
});
