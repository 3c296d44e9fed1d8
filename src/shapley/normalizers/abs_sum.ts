import { defineNormalizer } from "../normalizer.js";

/** φ / Σ|φ|. All-zero values stay zero. */
export const absSum = defineNormalizer({
  name: "abs-sum",
  summary: "signs stay, absolute values sum to 1",
  apply(values) {
    const total = values.reduce((sum, value) => sum + Math.abs(value), 0);
    return total === 0 ? values.slice() : values.map((value) => value / total);
  },
});
