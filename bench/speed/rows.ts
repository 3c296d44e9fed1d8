import type { Run, Time } from "../shared/measure.js";

export interface Row {
  readonly workload: string;
  readonly payoff: "generated" | "likelihood";
  readonly plan: string;
  readonly coalitions: number;
  readonly msPerCoalition: number;
  readonly cpuMsPerCoalition: number;
  readonly coalitionsPerSecond: number;
  readonly tokens: number;
  readonly passes: number;
  /** Wall time of the naive loop ÷ ours, and the same of processor time. */
  readonly timesNaive: number;
  readonly timesNaiveCpu: number;
  /** Likelihood alone, against a forward pass of batch 1 for each coalition: processor time. */
  readonly timesForwardCpu: number | null;
  readonly shareOfBound: number;
  readonly peakMB: number;
  /** Answers equal to the naive loop's, of those compared. */
  readonly identical: string;
}

export interface RowParts {
  readonly workload: string;
  readonly plan: string;
  readonly payoff: Row["payoff"];
  readonly coalitions: number;
  readonly run: Run;
  readonly naive: { readonly generate: Time; readonly forward: Time };
  /** Seconds that no way could do without. */
  readonly bound: number;
  readonly identical: string;
}

export function rowOf({ workload, plan, payoff, coalitions: count, run, naive, bound, identical }: RowParts): Row {
  const ms = (1000 * run.seconds) / count;
  return {
    workload,
    payoff,
    plan,
    coalitions: count,
    msPerCoalition: ms,
    cpuMsPerCoalition: (1000 * run.cpuSeconds) / count,
    coalitionsPerSecond: 1000 / ms,
    tokens: run.tokens,
    passes: run.passes,
    timesNaive: (naive.generate.seconds * count) / run.seconds,
    timesNaiveCpu: (naive.generate.cpuSeconds * count) / run.cpuSeconds,
    timesForwardCpu: payoff === "likelihood" ? (naive.forward.cpuSeconds * count) / run.cpuSeconds : null,
    shareOfBound: bound / run.seconds,
    peakMB: Math.round(process.resourceUsage().maxRSS / 1024),
    identical,
  };
}

export function table(rows: readonly Row[]): string {
  const head =
    "| workload | payoff | plan | ms/coalition | cpu ms | × naive | × naive (cpu) | × forward (cpu) | tokens | passes | of bound | peak MB | identical |";
  const lines = rows.map((r) =>
    [
      "",
      r.workload,
      r.payoff,
      r.plan,
      r.msPerCoalition.toFixed(2),
      r.cpuMsPerCoalition.toFixed(2),
      r.timesNaive.toFixed(1),
      r.timesNaiveCpu.toFixed(1),
      r.timesForwardCpu?.toFixed(1) ?? "",
      r.tokens,
      r.passes,
      `${Math.round(100 * r.shareOfBound)} %`,
      r.peakMB,
      r.identical,
      "",
    ].join(" | "),
  );
  return [head, "|---|---|---|---|---|---|---|---|---|---|---|---|---|", ...lines.map((line) => line.trim())].join("\n");
}
