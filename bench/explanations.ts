import { defineBench } from "./bench.js";
import { type ThreadsOption, threadsOption } from "./shared/threads.js";

export const explanations = defineBench<ThreadsOption>({
  name: "explanations",
  about: "whole explanations beside what inspect predicts, and how much of their time is not the runtime's",
  options: [threadsOption],
  run: async (options) => await (await import("./explanations/run.js")).run(options),
});
