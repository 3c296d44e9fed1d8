import type { Result } from "../../../results/result_schema.js";
import { count } from "../../shared/numbers.js";
import { type Html, h, join } from "../markup.js";
import type { Section } from "../section.js";

/** What a reader needs to make the same numbers again. */
export const provenance: Section = {
  name: "provenance",
  title: "How this was made",
  draw: ({ result }) =>
    h("dl", { class: "prov" }, join(linesOf(result).flatMap(([label, text]) => [h("dt", {}, label), h("dd", {}, text)]))),
};

type Line = readonly [label: string, text: string | Html];

function linesOf(result: Result): readonly Line[] {
  const { tool, spec, model, runtime, explainer, payoff, uncertainty, run } = result;
  const asked =
    explainer.asked_sampler === undefined || explainer.asked_sampler === explainer.sampler
      ? ""
      : ` (asked for: ${explainer.asked_sampler})`;
  const stopped = explainer.stopped_by === undefined ? "" : `, stopped by ${explainer.stopped_by}`;
  return [
    ["model", modelLine(model)],
    ["model's files", files(model.sha256)],
    ...(model.server === undefined ? [] : [["server", serverLine(model.server)] as const]),
    ["sampler", `${explainer.sampler}${asked}`],
    [
      "coalitions",
      `${count(explainer.coalitions)}${explainer.budget === null ? "" : ` of a budget of ${count(explainer.budget)}`}${stopped}; ${count(explainer.distinct_inputs)} different inputs`,
    ],
    ["payoff", `${explainer.payoff}: v(N) ${payoff.full}, v(∅) ${payoff.empty}, efficiency gap ${payoff.efficiency_gap}`],
    ["uncertainty", `${uncertainty.method}, ${uncertainty.confidence * 100} %, pointwise`],
    ...(explainer.seed === undefined ? [] : [["seed", String(explainer.seed)] as const]),
    ...(explainer.normalizer === undefined ? [] : [["normalizer", explainer.normalizer] as const]),
    ...(result.encoder === undefined ? [] : [["encoder", modelLine(result.encoder)] as const]),
    ...(result.aligner === undefined ? [] : [["aligner", modelLine(result.aligner)] as const]),
    ...result.inputs.map(
      ({ path, sha256, seconds, decoder }): Line => ["audio", join([`${path}, ${seconds.toFixed(2)} s, ${decoder}, `, code(sha256)])],
    ),
    ["spec", join([`${spec.path ?? "typed, or from standard input"}, `, code(spec.sha256)])],
    ["made by", `${tool.name} ${tool.version}, Node.js ${runtime.node}, onnxruntime ${runtime.onnxruntime} on ${runtime.provider}`],
    ...(run === undefined
      ? []
      : [
          [
            "cost",
            `${run.seconds.toFixed(1)} s, ${count(run.model_calls)} model calls, ${count(run.memo_hits)} known answers, ${count(run.tokens)} tokens`,
          ] as const,
        ]),
  ];
}

function modelLine({ repo, connector, dtype, resolved_revision }: Result["model"]): string {
  return [repo, connector, dtype, ...(resolved_revision === null ? [] : [`revision ${resolved_revision}`])].join(", ");
}

function serverLine({ kind, version, origin, mode, noise, promise }: NonNullable<Result["model"]["server"]>): string {
  const where = [kind, version, origin].filter(Boolean).join(" ");
  const measured = noise === null ? "" : `; two measurements of one text differ by ${noise.toExponential(1)}`;
  return `${where}, sent ${mode === "ids" ? "token ids" : "messages"}${measured}; ${promise}`;
}

function files(sha256: Result["model"]["sha256"]): Html {
  return join(Object.entries(sha256).flatMap(([path, digest], i) => [i === 0 ? "" : ", ", `${path} `, code(digest)]));
}

/** Enough of a checksum to tell files apart; the whole stands in the JSON. */
const code = (digest: string): Html => h("code", {}, digest.slice(0, 12));
