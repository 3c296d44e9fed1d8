import { errorRateOptions, errorRatePayoff, wordsOfText } from "./error_rate.js";
import { definePayoff } from "./payoff.js";

export const cer = definePayoff({
  name: "cer",
  summary: "1 less the character error rate of generated answers against a reference",
  asks: "responses",
  texts: ["reference"],
  options: errorRateOptions,
  create: (choice) => errorRatePayoff(choice, "character", (text) => Array.from(wordsOfText(text, choice).join(" "))),
});
