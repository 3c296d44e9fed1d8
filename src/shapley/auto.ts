import type { MethodDefinition } from "./method.js";
import { exact } from "./methods/exact.js";
import { proxy } from "./methods/proxy.js";

/** The sampler that chooses another one, as `npm run bench -- estimators` measures it. */
export const AUTO = {
  name: "auto",
  summary: "exact where the budget pays for all 2^n coalitions, else proxy",
  choose: (n: number, budget: number): MethodDefinition<"exact" | "proxy"> => (2 ** n <= budget ? exact : proxy),
} as const;
