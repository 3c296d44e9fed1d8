import { createHash } from "node:crypto";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import { int32At } from "./util/elements.js";

/** A seeded source of randomness. It is always an argument, never ambient. */
export interface Rng {
  /** Uniform in [0, 1), 53 bits. */
  float(): number;
  /** Uniform integer in [0, n), n ≥ 1. */
  int(n: number): number;
  /** An independent stream named by `label`: the same parent seed and label give the same stream, whatever was drawn before. */
  fork(label: string): Rng;
}

/** @param seed any integer or string; equal seeds give equal streams on every machine. */
export function createRng(seed: number | string): Rng {
  const generator = xoroshiro128plusFromState(state(`${typeof seed}:${seed}`));
  return {
    float: () => uniformFloat64(generator),
    int: (n) => uniformInt(generator, 0, n - 1),
    fork: (label) => createRng(`${seed}/${label}`),
  };
}

/** Fisher–Yates shuffle of 0…n−1: every order equally likely. */
export function permutation(n: number, rng: Rng): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = rng.int(i + 1);
    const kept = int32At(order, i);
    order[i] = int32At(order, j);
    order[j] = kept;
  }
  return order;
}

/** The generator's 128 bits from SHA-256, so that near seeds give unrelated streams. */
function state(text: string): readonly number[] {
  const digest = createHash("sha256").update(text).digest();
  return [0, 4, 8, 12].map((offset) => digest.readInt32LE(offset));
}
