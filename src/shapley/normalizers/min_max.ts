import { defineNormalizer } from "../normalizer.js";
import { shifted } from "./power_shift.js";

/** (φ − min φ) / Σ (φ − min φ): the power shift at power 1, under the name that people look for. */
export const minMax = defineNormalizer({
  name: "min-max",
  summary: "the power shift under the name that people look for",
  apply: (values) => shifted(values, 1),
});
