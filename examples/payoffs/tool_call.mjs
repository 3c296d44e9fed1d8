// How much of a tool call in JSON an answer gets right, against the answer that is explained: 0 where it is no JSON or names another
// function, else the share of arguments that are the same (1 where there are none).
//   mllm-shap explain conv.yaml --payoff-command "node examples/payoffs/tool_call.mjs"
import { createInterface } from "node:readline";

function callIn(text) {
  try {
    const { name, arguments: given = {} } = JSON.parse(text);
    return typeof name === "string" && typeof given === "object" && given !== null ? { name, given } : null;
  } catch {
    return null;
  }
}

function score(answer, target) {
  if (target === null) throw new Error("the answer that is explained is no tool call in JSON");
  if (answer?.name !== target.name) return 0;
  const keys = [...new Set([...Object.keys(answer.given), ...Object.keys(target.given)])];
  const same = keys.filter((key) => JSON.stringify(answer.given[key]) === JSON.stringify(target.given[key]));
  return keys.length === 0 ? 1 : same.length / keys.length;
}

for await (const line of createInterface({ input: process.stdin })) {
  const { text, target } = JSON.parse(line);
  console.log(score(callIn(text), callIn(target.text)));
}
