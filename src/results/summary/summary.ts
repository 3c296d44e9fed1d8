import { SpecError } from "../../errors.js";
import type { Interval } from "../../math/bootstrap.js";
import { compareResults } from "../comparison.js";
import type { Result } from "../result_schema.js";
import { type Averaging, averaging } from "./averaging.js";
import type { FaithfulnessBlock, PairedFaithfulness } from "./faithfulness.js";
import { GROUPINGS, type GroupingName, type Part, partsOf } from "./groups.js";

export const SUMMARY_FORMAT = "mllm-shap/summary@1";

/** What a set of results says together; keys as in the file. Intervals are bootstrap intervals over conversations. */
export interface Summary {
  readonly schema: typeof SUMMARY_FORMAT;
  readonly tool: Result["tool"];
  readonly confidence: number;
  readonly seed: number;
  readonly set: SetBlock;
  readonly by: Readonly<Record<GroupingName, readonly GroupRow[]>>;
  readonly faithfulness?: FaithfulnessBlock;
  readonly comparison?: PairedBlock;
  readonly faithfulness_comparison?: PairedFaithfulness;
}

export interface SetBlock {
  readonly name: string;
  readonly conversations: number;
  readonly players: number;
  /** Each different one, in order of appearance. */
  readonly models: readonly string[];
  readonly samplers: readonly string[];
  readonly payoffs: readonly string[];
  readonly coalitions: Interval;
  /** Payoff with everything − payoff with nothing. */
  readonly payoff_gap: Interval;
}

export interface GroupRow {
  readonly group: string;
  /** Conversations with a player of the group; means are over these. */
  readonly conversations: number;
  readonly players: number;
  /** Mean over conversations of the mean |value| of the group's players, in payoff units. */
  readonly mean_absolute_value: Interval;
  /** Mean over conversations of the group's part of the sum of |value|; null where no conversation has any. */
  readonly share: Interval | null;
}

/** Two sets of results over the same conversations: two models, two samplers. Differences are b − a. */
export interface PairedBlock {
  readonly a: string;
  readonly b: string;
  readonly pairs: number;
  /** Conversations of one set only. */
  readonly unpaired: number;
  /** Pairs whose players differ, so that only what needs no players is compared. */
  readonly other_players: number;
  readonly rows: readonly PairedRow[];
}

export interface PairedRow {
  readonly measure: string;
  readonly pairs: number;
  /** null for measures of agreement. */
  readonly a: number | null;
  readonly b: number | null;
  /** Of the paired difference, or of the measure of agreement. */
  readonly mean: Interval;
}

export interface SummaryOptions {
  readonly name: string;
  readonly toolVersion: string;
  /** Two-sided, in (0, 1). @default 0.95 */
  readonly confidence?: number;
  /** @default 0 */
  readonly seed?: number;
}

/** What sums a set of results up, one after the other; it keeps a few numbers of each. */
export interface Summing {
  add(result: Result): void;
  /** @throws SpecError where there was no result. */
  end(extra?: Pick<Summary, "faithfulness" | "comparison" | "faithfulness_comparison">): Summary;
}

export function createSummary({ name, toolVersion, confidence = 0.95, seed = 0 }: SummaryOptions): Summing {
  const mean = averaging(confidence, seed);
  const parts = new Map(GROUPINGS.map((grouping) => [grouping.name, new Map<string, Part[]>(grouping.groups.map((group) => [group, []]))]));
  const seen = { models: new Set<string>(), samplers: new Set<string>(), payoffs: new Set<string>() };
  const [coalitions, gaps]: [number[], number[]] = [[], []];
  let players = 0;
  return {
    add(result) {
      const { model, explainer, payoff } = result;
      seen.models.add(model.repo);
      seen.samplers.add(explainer.sampler);
      seen.payoffs.add(explainer.payoff);
      coalitions.push(explainer.coalitions);
      gaps.push(payoff.full - payoff.empty);
      players += result.players.length;
      for (const grouping of GROUPINGS) {
        for (const [group, part] of partsOf(result, grouping)) parts.get(grouping.name)?.get(group)?.push(part);
      }
    },
    end(extra = {}) {
      if (gaps.length === 0) throw new SpecError(`${name}: holds no result`);
      const rows = (by: GroupingName): readonly GroupRow[] =>
        [...(parts.get(by) ?? [])]
          .filter(([, list]) => list.length > 0)
          .map(([group, list]) => groupRow(group, list, `${by} ${group}`, mean));
      return {
        schema: SUMMARY_FORMAT,
        tool: { name: "mllm-shap", version: toolVersion },
        confidence,
        seed,
        set: {
          name,
          conversations: gaps.length,
          players,
          models: [...seen.models],
          samplers: [...seen.samplers],
          payoffs: [...seen.payoffs],
          coalitions: mean(coalitions, "coalitions"),
          payoff_gap: mean(gaps, "payoff gap"),
        },
        by: { role: rows("role"), modality: rows("modality"), position: rows("position") },
        ...extra,
      };
    },
  };
}

function groupRow(group: string, parts: readonly Part[], what: string, mean: Averaging): GroupRow {
  const shares = parts.flatMap(({ share }) => (share === null ? [] : [share]));
  return {
    group,
    conversations: parts.length,
    players: parts.reduce((sum, part) => sum + part.players, 0),
    mean_absolute_value: mean(
      parts.map(({ meanAbsolute }) => meanAbsolute),
      `${what} value`,
    ),
    share: shares.length === 0 ? null : mean(shares, `${what} share`),
  };
}

/** What compares two sets pair by pair; it keeps a few numbers of each pair. */
export interface Pairing {
  add(a: Result, b: Result): void;
  /** @throws SpecError where there was no pair. */
  end(unpaired: number): PairedBlock;
}

export function createPairing(a: string, b: string, toolVersion: string, mean: Averaging): Pairing {
  const agreement = new Map<string, number[]>(AGREEMENT.map(([measure]) => [measure, []]));
  const sides = new Map<string, [a: number, b: number][]>(SIDES.map(([measure]) => [measure, []]));
  let [pairs, others] = [0, 0];
  return {
    add(left, right) {
      pairs++;
      for (const [measure, of] of SIDES) sides.get(measure)?.push([of(left), of(right)]);
      try {
        const report = compareResults({ file: a, result: left }, { file: b, result: right }, toolVersion);
        for (const [measure, of] of AGREEMENT) {
          const value = of(report);
          if (value !== null) agreement.get(measure)?.push(value);
        }
      } catch (error) {
        if (!(error instanceof SpecError)) throw error;
        others++;
      }
    },
    end(unpaired) {
      if (pairs === 0) throw new SpecError(`${a} and ${b} have no conversation in common: they are matched by id, else by the spec's path`);
      const rows: PairedRow[] = [];
      for (const [measure, list] of sides) {
        const average = (at: 0 | 1) => list.reduce((sum, pair) => sum + pair[at], 0) / list.length;
        const differences = list.map(([before, after]) => after - before);
        rows.push({ measure, pairs: list.length, a: average(0), b: average(1), mean: mean(differences, `difference ${measure}`) });
      }
      for (const [measure, list] of agreement) {
        if (list.length > 0) rows.push({ measure, pairs: list.length, a: null, b: null, mean: mean(list, `agreement ${measure}`) });
      }
      return { a, b, pairs, unpaired, other_players: others, rows };
    },
  };
}

type Report = ReturnType<typeof compareResults>;

const AGREEMENT: readonly (readonly [measure: string, of: (report: Report) => number | null])[] = [
  ["Spearman", ({ spearman }) => spearman],
  ["Kendall", ({ kendall }) => kendall],
  ["sign agreement", ({ sign_agreement }) => sign_agreement],
  ["mean |difference|", ({ mean_absolute_difference }) => mean_absolute_difference],
];

/** Measures that either side has by itself. */
const SIDES: readonly (readonly [measure: string, of: (result: Result) => number])[] = [
  ["payoff gap", ({ payoff }) => payoff.full - payoff.empty],
  ["mean |value|", ({ players }) => players.reduce((sum, { value }) => sum + Math.abs(value), 0) / Math.max(1, players.length)],
  ["coalitions", ({ explainer }) => explainer.coalitions],
];
