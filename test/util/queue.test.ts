import { expect, test } from "vitest";
import { createQueue } from "../../src/util/queue.js";

const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("one thing at a time, in the order asked, each with its own result", async () => {
  const queue = createQueue();
  const told: string[] = [];
  const job = (name: string) => async () => {
    told.push(`${name} starts`);
    await later();
    told.push(`${name} ends`);
    return name;
  };
  expect(await Promise.all([queue(job("a")), queue(job("b")), queue(job("c"))])).toEqual(["a", "b", "c"]);
  expect(told).toEqual(["a starts", "a ends", "b starts", "b ends", "c starts", "c ends"]);
});

test("a failure is its own only", async () => {
  const queue = createQueue();
  const failed = queue(async () => {
    await later();
    throw new Error("no");
  });
  const next = queue(async () => "yes");
  await expect(failed).rejects.toThrow("no");
  expect(await next).toBe("yes");
});
