import { type BenchOption, count } from "../bench.js";

export interface ThreadsOption {
  /** 0 = as in any run. */
  readonly threads: number;
}

export const threadsOption: BenchOption = {
  flag: "--threads <n>",
  about: "threads of the runtime; 0 chooses as any run does",
  read: count(0),
  default: 0,
};
