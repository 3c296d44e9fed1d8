import { defineNormalizer } from "../normalizer.js";

export const identity = defineNormalizer({ name: "identity", summary: "the values as they are", apply: (values) => values.slice() });
