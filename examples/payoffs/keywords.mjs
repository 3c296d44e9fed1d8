// How many of some words an answer holds, from 0 to 1:
//   mllm-shap explain conv.yaml --payoff-command "node examples/payoffs/keywords.mjs kitchen light"
import { createInterface } from "node:readline";

const keywords = process.argv.slice(2).map((word) => word.toLowerCase());
if (keywords.length === 0) {
  console.error("keywords.mjs: give the words to look for");
  process.exit(2);
}

for await (const line of createInterface({ input: process.stdin })) {
  const { text } = JSON.parse(line);
  const words = new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);
  console.log(keywords.filter((word) => words.has(word)).length / keywords.length);
}
