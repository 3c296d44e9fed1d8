import { SpecError } from "../../errors.js";
import { METRICS, type Metric, metricNames } from "../../game/metrics.js";
import type { Interval } from "../../math/bootstrap.js";
import { EVALUATION_FORMAT, type Evaluation, type MetricBlock } from "../evaluation.js";
import type { Averaging } from "./averaging.js";

export interface FaithfulnessBlock {
  readonly conversations: number;
  /** Those that all evaluations have: earlier versions knew fewer. */
  readonly metrics: Readonly<Partial<Record<Metric, FaithfulnessRow>>>;
}

export interface FaithfulnessRow {
  readonly better: "higher" | "lower";
  readonly explanation: Interval;
  readonly leave_one_out: Interval;
  readonly random: Interval;
  /** Positive is better whatever the metric. */
  readonly over_leave_one_out: Interval;
  readonly over_random: Interval;
  /** Share of conversations that are better than random rankings. */
  readonly better_than_random: number;
}

/** How faithful two sets of explanations of the same conversations are: two samplers, two models. */
export interface PairedFaithfulness {
  readonly a: string;
  readonly b: string;
  readonly pairs: number;
  /** Evaluations of one set only. */
  readonly unpaired: number;
  readonly metrics: Readonly<Partial<Record<Metric, PairedFaithfulnessRow>>>;
}

export interface PairedFaithfulnessRow {
  readonly better: "higher" | "lower";
  /** Means over the pairs, in payoff units (lds: a correlation). */
  readonly a: number;
  readonly b: number;
  /** Mean over the pairs of how much better b is: positive is better whatever the metric. */
  readonly b_better_by: Interval;
  /** The same of what each has over random rankings of its own, which is fairer where a and b are two models. */
  readonly b_better_by_over_random: Interval;
  /** Share of pairs in which b is better; a tie counts half. */
  readonly b_wins: number;
}

/** @throws SpecError where there are none, or one is no evaluation. */
export function sumEvaluations(evaluations: readonly unknown[], name: string, mean: Averaging): FaithfulnessBlock {
  const checked = checkEvaluations(evaluations, name);
  const rowOf = (metric: Metric): FaithfulnessRow => {
    const blocks = checked.map(({ metrics }) => metrics[metric]);
    const of = (what: string, read: (block: MetricBlock) => number) => mean(blocks.map(read), `${metric} ${what}`);
    return {
      better: betterOf(metric),
      explanation: of("explanation", (block) => block.explanation),
      leave_one_out: of("leave one out", (block) => block.leave_one_out),
      random: of("random", (block) => block.random),
      over_leave_one_out: of("over leave one out", (block) => block.over_leave_one_out),
      over_random: of("over random", (block) => block.over_random.value),
      better_than_random: blocks.filter(({ over_random }) => over_random.value > 0).length / blocks.length,
    };
  };
  return { conversations: checked.length, metrics: tableOf(sharedBy(checked), rowOf) };
}

/** A set of evaluations and what it is called. */
export interface NamedEvaluations {
  readonly name: string;
  readonly evaluations: readonly unknown[];
}

/** Compares two sets pair by pair, matched by id, else by the spec's path. @throws SpecError where none is in both. */
export function pairEvaluations(a: NamedEvaluations, b: NamedEvaluations, mean: Averaging): PairedFaithfulness {
  const [left, right] = [byId(a), byId(b)];
  const pairs = [...left].flatMap(([id, one]) => {
    const other = right.get(id);
    return other === undefined ? [] : [[one, other] as const];
  });
  if (pairs.length === 0)
    throw new SpecError(`${a.name} and ${b.name} have no evaluation in common: they are matched by id, else by the spec's path`);
  const rowOf = (metric: Metric): PairedFaithfulnessRow => {
    const blocks = pairs.map(([one, other]) => [one.metrics[metric], other.metrics[metric]] as const);
    const average = (side: 0 | 1) => blocks.reduce((sum, pair) => sum + pair[side].explanation, 0) / blocks.length;
    const gains = blocks.map(([one, other]) => METRICS[metric] * (other.explanation - one.explanation));
    const overRandom = blocks.map(([one, other]) => other.over_random.value - one.over_random.value);
    return {
      better: betterOf(metric),
      a: average(0),
      b: average(1),
      b_better_by: mean(gains, `${metric} gain`),
      b_better_by_over_random: mean(overRandom, `${metric} gain over random`),
      b_wins: gains.reduce((sum, gain) => sum + (gain > 0 ? 1 : gain === 0 ? 0.5 : 0), 0) / gains.length,
    };
  };
  const unpaired = left.size + right.size - 2 * pairs.length;
  return { a: a.name, b: b.name, pairs: pairs.length, unpaired, metrics: tableOf(sharedBy(pairs.flat()), rowOf) };
}

function byId({ name, evaluations }: NamedEvaluations): ReadonlyMap<string, Evaluation> {
  return new Map(checkEvaluations(evaluations, name).map((one, i) => [one.id ?? one.spec.path ?? `#${i}`, one]));
}

const betterOf = (metric: Metric) => (METRICS[metric] > 0 ? ("higher" as const) : ("lower" as const));

function tableOf<Row>(metrics: readonly Metric[], rowOf: (metric: Metric) => Row): Readonly<Partial<Record<Metric, Row>>> {
  return Object.fromEntries(metrics.map((metric) => [metric, rowOf(metric)])) as Partial<Record<Metric, Row>>;
}

/** Metrics that all have. */
function sharedBy(evaluations: readonly Evaluation[]): readonly Metric[] {
  return metricNames.filter((metric) => evaluations.every(({ metrics }) => isMeasured(metrics, metric)));
}

/** What every version has measured. */
const FIRST_METRICS = ["insertion", "deletion", "comprehensiveness", "sufficiency"] as const;

const isMeasured = (metrics: Partial<Evaluation["metrics"]> | undefined, metric: Metric): boolean =>
  Number.isFinite(metrics?.[metric]?.over_random?.value);

/** @throws SpecError where there are none, or one is no evaluation. */
export function checkEvaluations(evaluations: readonly unknown[], name: string): readonly Evaluation[] {
  if (evaluations.length === 0) throw new SpecError(`${name}: holds no evaluation`);
  return evaluations.map((one, i) => checkEvaluation(one, `${name}[${i}]`));
}

function checkEvaluation(value: unknown, where: string): Evaluation {
  const one = value as Evaluation | null;
  const whole =
    typeof one === "object" &&
    one !== null &&
    one.schema === EVALUATION_FORMAT &&
    FIRST_METRICS.every((metric) => isMeasured(one.metrics, metric));
  if (!whole) throw new SpecError(`${where}: is no ${EVALUATION_FORMAT}, as mllm-shap evaluate gives it`);
  return one;
}
