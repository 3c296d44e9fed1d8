import { z } from "zod";
import { SpecError } from "../../errors.js";
import { defineTextMask, tokensOf } from "./mask.js";

export const placeholder = defineTextMask({
  name: "placeholder",
  summary: "a text of yours stands in its place, once for every player",
  options: {
    text: z.string().min(1).max(1_000).default("...").describe("What stands in the place of a player, blanks included."),
  },
  create({ text }, tokenizer) {
    const standIns = tokensOf(text, tokenizer);
    if (standIns.length > 0) return () => standIns;
    throw new SpecError(`explain.text_masking: the placeholder ${JSON.stringify(text)} has no token in this model's vocabulary`);
  },
});
