import { SpecError } from "../errors.js";
import { sameWeights } from "../repos/server_identity.js";
import { compare } from "../shapley/compare.js";
import type { Result } from "./result_schema.js";

export const COMPARISON_FORMAT = "mllm-shap/comparison@1";

/** How alike two explanations are. Keys as in the file; a and b in the order given. */
export interface ComparisonReport {
  readonly schema: typeof COMPARISON_FORMAT;
  readonly tool: Result["tool"];
  readonly a: Side;
  readonly b: Side;
  /** What else than the values differs, one line each: without it, differences are the methods' alone. */
  readonly differ_in: readonly string[];
  readonly n_players: number;
  /** Rank correlations; null where an explanation ranks all players alike. */
  readonly spearman: number | null;
  readonly kendall: number | null;
  /** Share of players whose values have the same sign. */
  readonly sign_agreement: number;
  readonly mean_absolute_difference: number;
  /** Every player, the largest difference first. */
  readonly players: readonly PlayerDifference[];
}

export interface Side {
  readonly file: string;
  readonly spec: string | null;
  readonly model: string;
  readonly sampler: string;
  readonly payoff: string;
  readonly coalitions: number;
}

export interface PlayerDifference {
  readonly index: number;
  readonly text: string;
  readonly a: number;
  readonly b: number;
  /** b − a */
  readonly difference: number;
  /** In standard errors of the difference; null where they are not known, or both zero. */
  readonly z: number | null;
}

export interface ComparedResult {
  readonly file: string;
  readonly result: Result;
}

/** @throws SpecError where the players of one are not those of the other. */
export function compareResults(a: ComparedResult, b: ComparedResult, toolVersion: string): ComparisonReport {
  requireSamePlayers(a, b);
  const { spearman, kendall, signAgreement, meanAbsoluteDifference, differences } = compare(explained(a.result), explained(b.result));
  return {
    schema: COMPARISON_FORMAT,
    tool: { name: "mllm-shap", version: toolVersion },
    a: sideOf(a),
    b: sideOf(b),
    differ_in: differencesBetween(a.result, b.result),
    n_players: a.result.players.length,
    spearman,
    kendall,
    sign_agreement: signAgreement,
    mean_absolute_difference: meanAbsoluteDifference,
    players: differences.map(({ player, ...values }) => ({ index: player, text: a.result.players[player]?.text ?? "", ...values })),
  };
}

/** By text, which survives another tokeniser; by tokens where texts are redacted. */
function requireSamePlayers(a: ComparedResult, b: ComparedResult): void {
  const [left, right] = [a.result.players, b.result.players];
  if (left.length !== right.length) {
    throw new SpecError(`${a.file} explains ${left.length} players and ${b.file} ${right.length}: they must explain the same ones`);
  }
  if (left.length === 0) throw new SpecError(`${a.file} and ${b.file} explain no players`);
  const other = left.findIndex(({ text, tokens }, i) => {
    const twin = right[i];
    return text === "" || twin?.text === "" ? tokens.join() !== twin?.tokens.join() : text !== twin?.text;
  });
  if (other < 0) return;
  const nameOf = ({ text, tokens } = { text: "", tokens: [] as readonly number[] }) =>
    text === "" ? `tokens ${tokens.join(", ")}` : JSON.stringify(text);
  throw new SpecError(`player ${other} is ${nameOf(left[other])} in ${a.file} and ${nameOf(right[other])} in ${b.file}`);
}

function explained({ players }: Result) {
  const errors = players.map(({ std_error }) => std_error);
  return {
    values: Float64Array.from(players, ({ value }) => value),
    stdErrors: errors.every((error) => error !== null) ? Float64Array.from(errors) : null,
  };
}

function sideOf({ file, result: { spec, model, explainer } }: ComparedResult): Side {
  const { sampler, payoff, coalitions } = explainer;
  return { file, spec: spec.path, model: model.repo, sampler, payoff, coalitions };
}

function differencesBetween(a: Result, b: Result): readonly string[] {
  const answer = ({ response }: Result) => response.tokens.join("\0") + response.text;
  const checks: readonly (readonly [what: string, of: (result: Result) => unknown])[] = [
    ["conversation", ({ spec }) => [spec.resolved.messages, spec.resolved.prompt]],
    ["template", ({ spec }) => templateOf(spec.resolved)],
    ["answer", answer],
    ["payoff", ({ explainer, encoder, spec }) => [explainer.payoff, encoder?.sha256, payoffOf(spec.resolved)]],
    ["text masking", ({ explainer }) => explainer.text_masking],
    ["target", ({ payoff }) => payoff.target?.steps],
    ["sampler", ({ explainer }) => explainer.sampler],
    ["seed", ({ explainer }) => explainer.seed],
  ];
  const differ = checks.filter(([, of]) => JSON.stringify(of(a)) !== JSON.stringify(of(b))).map(([what]) => what);
  return sameModel(a.model, b.model) ? differ : [...differ.filter(isBefore), "model", ...differ.filter((what) => !isBefore(what))];
}

/** What is told of before the model. */
const isBefore = (what: string): boolean => ["conversation", "template"].includes(what);

/** Files by their hashes; what is behind a server by kind, name and what its weights were measured by. */
function sameModel(a: Result["model"], b: Result["model"]): boolean {
  const known = ({ connector, sha256, server, repo }: Result["model"]) =>
    JSON.stringify([connector, sha256, server === undefined ? null : [server.kind, server.mode, repo]]);
  if (known(a) !== known(b)) return false;
  return a.server === undefined || b.server === undefined || sameWeights(a.server, b.server);
}

/** The file's content is among the model's files. */
function templateOf({ model }: Result["spec"]["resolved"]): unknown {
  if (typeof model !== "object" || model === null) return null;
  const { template = null, template_kwargs: variables = {} } = model as Readonly<Record<string, unknown>>;
  return [typeof template === "object" && template !== null && "name" in template ? template.name : null, variables];
}

function payoffOf({ explain }: Result["spec"]["resolved"]): unknown {
  return typeof explain === "object" && explain !== null && "payoff" in explain ? explain.payoff : null;
}
