import { expect } from "vitest";
import { describeGolden, type GoldenCase } from "../support/golden.js";

/**
 * The reference cuts each group into ⌈log_k n⌉ parts, plays one Shapley game a level with all other groups present, and
 * multiplies min-max shares down the levels. Here levels are the conversation's own (turn, sentence, word, token) and values are
 * Owen's, which sum to v(N) − v(∅) at every node: nothing below has a counterpart to be compared with.
 */
const NOT_HERE: readonly (readonly [prefix: string, why: string])[] = [
  ["subgroups_num_", "no cutting into ⌈log_k n⌉ parts (H1: in floating point there)"],
  ["split_", "no cutting into ⌈log_k n⌉ parts (H1: fewer buckets than parts crash there)"],
  ["buckets_", "no cutting into equal buckets"],
  ["group_ids_", "levels are turns, sentences and words, not runs between filtered tokens (H4)"],
  ["explain_", "values are Owen's, not products of min-max shares (H2, H3, H5; ∅ is missing there, S1)"],
  ["ctor_", "no k and no importance sampling to be checked"],
];

const why = ({ id }: GoldenCase) => NOT_HERE.find(([prefix]) => id.startsWith(`hierarchical/${prefix}`))?.[1];

describeGolden({
  file: "hierarchical",
  notApplicable: why,
  matches: ({ id }) => expect.fail(`${id} has no fate`),
});
