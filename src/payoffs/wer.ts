import { errorRateOptions, errorRatePayoff, wordsOfText } from "./error_rate.js";
import { definePayoff } from "./payoff.js";

export const wer = definePayoff({
  name: "wer",
  summary: "1 less the word error rate of generated answers against a reference",
  asks: "responses",
  texts: ["reference"],
  options: errorRateOptions,
  create: (choice) => errorRatePayoff(choice, "word", (text) => wordsOfText(text, choice)),
});
