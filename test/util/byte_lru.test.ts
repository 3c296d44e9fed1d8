import { expect, test } from "vitest";
import { ByteLru } from "../../src/util/byte_lru.js";

function held(cache: ByteLru<{ readonly n: number }>, keys: string): string {
  return [...keys].filter((key) => cache.get(key) !== undefined).join("");
}

test("what was used longest ago goes first, once there are too many bytes", () => {
  const cache = new ByteLru<{ readonly n: number }>(10);
  cache.set("a", { n: 1 }, 4);
  cache.set("b", { n: 2 }, 4);
  expect(cache.get("a")?.n).toBe(1);
  cache.set("c", { n: 3 }, 4);
  expect(held(cache, "abc")).toBe("ac");
});

test("the newest stays, however large it is, and all else goes for it", () => {
  const cache = new ByteLru<{ readonly n: number }>(10);
  cache.set("a", { n: 1 }, 4);
  cache.set("b", { n: 2 }, 100);
  expect(held(cache, "ab")).toBe("b");
  cache.set("c", { n: 3 }, 1);
  expect(held(cache, "bc")).toBe("c");
});

test("an entry that is set again counts once, with its new size", () => {
  const cache = new ByteLru<{ readonly n: number }>(10);
  cache.set("a", { n: 1 }, 8);
  cache.set("a", { n: 2 }, 3);
  cache.set("b", { n: 3 }, 7);
  expect([cache.get("a")?.n, cache.get("b")?.n]).toEqual([2, 3]);
  cache.set("b", { n: 4 }, 8);
  expect([cache.get("a")?.n, cache.get("b")?.n]).toEqual([undefined, 4]);
});
