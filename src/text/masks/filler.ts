import { z } from "zod";
import { SpecError } from "../../errors.js";
import { defineTextMask, type StandIn, tokensOf } from "./mask.js";

export const filler = defineTextMask({
  name: "filler",
  summary: "each of its tokens becomes one of yours, so that all others keep their positions",
  options: {
    text: z.string().min(1).max(1_000).default(".").describe("What stands in the place of a token; it must be one token itself."),
  },
  create({ text }, tokenizer) {
    const [token, ...more] = tokensOf(text, tokenizer);
    if (token !== undefined && more.length === 0) return (tokens) => new Array<StandIn>(tokens).fill(token);
    const spelled = [token, ...more].flatMap((one) => (one === undefined ? [] : [JSON.stringify(one.text)]));
    throw new SpecError(
      `explain.text_masking: the filler ${JSON.stringify(text)} must be one token, and this model's tokeniser makes ${spelled.length} of it${spelled.length === 0 ? "" : `: ${spelled.join(", ")}`}`,
    );
  },
});
