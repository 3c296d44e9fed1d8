import { type Topic, table } from "./topic.js";

const CODES: readonly (readonly [string, string])[] = [
  ["0", "done"],
  ["1", "the run failed"],
  ["2", "wrong usage, or a spec that cannot be"],
  ["75", "stopped for now: the same command goes on later (a server that is gone, a batch in which everything fails alike)"],
  ["130", "interrupted (Ctrl-C); what was answered is kept"],
  ["143", "terminated (SIGTERM); what was answered is kept"],
];

export const exitCodes: Topic = {
  name: "exit-codes",
  summary: "what the exit code says",
  text: async () => table(CODES),
};
