/**
 * Whether a larger figure speaks for an explanation (+1) or against it (−1). Insertion and deletion are areas under curves;
 * comprehensiveness = mean over shares q of v(N) − v(N without the first ⌈qn⌉), sufficiency = mean of v(N) − v(the first ⌈qn⌉);
 * drop_k = v(N) − v(N without the first k), with a likelihood the top-k log-probability drop; lds, the linear datamodeling score, is the rank
 * correlation of v(S) with the sum of the values of S over random S (Park et al. 2023; both as in Cohen-Wang et al. 2024, ContextCite).
 */
export const METRICS = {
  insertion: 1,
  deletion: -1,
  comprehensiveness: 1,
  sufficiency: -1,
  drop_1: 1,
  drop_3: 1,
  drop_5: 1,
  lds: 1,
} as const;
export type Metric = keyof typeof METRICS;

/** Players that are taken away together. */
export const DROPS = { drop_1: 1, drop_3: 3, drop_5: 5 } as const satisfies Partial<Record<Metric, number>>;

export const metricNames = Object.keys(METRICS) as readonly Metric[];

/** One figure, or whatever else, a metric. */
export function eachMetric<T>(of: (metric: Metric) => T): Readonly<Record<Metric, T>> {
  return Object.fromEntries(metricNames.map((metric) => [metric, of(metric)])) as Record<Metric, T>;
}
