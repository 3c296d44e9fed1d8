import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { requestOf } from "../../src/spec/load.js";
import type { ExplainRequest } from "../../src/spec/request.js";
import type { SpecInput } from "../../src/spec/schema.js";

/** What scripts/public/cases.json asks. */
export interface Case {
  readonly name: string;
  /** One of the two. */
  readonly messages?: NonNullable<SpecInput["messages"]>;
  readonly prompt?: string;
  readonly max_new_tokens?: number;
  /** Absent: only the answer is compared. */
  readonly explain?: SpecInput["explain"];
  /** Payoffs that compare answers, and the options that each is given besides its source. */
  readonly compared?: Readonly<Partial<Record<Compared, object>>>;
}

export type Compared = "embedding" | "bertscore" | "judge";

/** A game by bit pattern of its coalitions (bit i = player i), and its Shapley values. */
interface Game {
  readonly payoffs: readonly number[];
  readonly values: readonly number[];
}

/** What scripts/public/truth.py found with torch. */
export interface Truth extends Partial<Game> {
  readonly prompt: readonly number[];
  /** With the end token, where the model gave one. */
  readonly answer: readonly number[];
  readonly text: string;
  /** Natural logarithms, one a token of the answer. */
  readonly log_probabilities: readonly number[];
  readonly players?: readonly string[];
  readonly compared?: Readonly<Partial<Record<Compared, Game>>>;
}

const named = process.env.MLLM_SHAP_PUBLIC;
if (named === undefined) throw new Error("MLLM_SHAP_PUBLIC names no folder of public weights: start this by `npm run test:public`");
const folder: string = named;
export const asked: readonly string[] = (process.env.MLLM_SHAP_PUBLIC_MODELS ?? "smollm2").split(",");

const casesFile = fileURLToPath(new URL("../../scripts/public/cases.json", import.meta.url));

export function casesOf(model: string): readonly { readonly name: string; readonly asked: Case; readonly truth: Truth }[] {
  const cases = (JSON.parse(readFileSync(casesFile, "utf8")) as Readonly<Record<string, readonly Case[]>>)[model] ?? [];
  const { cases: found } = JSON.parse(readFileSync(join(folder, model, "truth.json"), "utf8")) as {
    cases: Readonly<Record<string, Truth>>;
  };
  return cases.map((one) => {
    const truth = found[one.name];
    if (truth === undefined) throw new Error(`no truth is recorded for ${model}: ${one.name}`);
    return { name: one.name, asked: one, truth };
  });
}

/** The spec of a case, for the graph that an exporter wrote. @param extra goes over the case's own `explain` */
export function requestFor(model: string, exporter: string, one: Case, extra: SpecInput["explain"] = {}): Promise<ExplainRequest> {
  const spec = {
    model: { connector: "transformers-text", repo: join(folder, model, exporter), device: "cpu" },
    ...(one.messages === undefined ? {} : { messages: one.messages }),
    ...(one.prompt === undefined ? {} : { prompt: one.prompt }),
    generation: { max_new_tokens: one.max_new_tokens ?? 128 },
    explain: { sampler: "exact", ...one.explain, ...extra },
  } satisfies SpecInput;
  return requestOf(spec, folder, { policy: { allowOutside: true, allowDownload: false, offline: true, payoffCommand: null } });
}

/** The model that a payoff asks: MiniLM, or the graph that is explained as its own judge. */
export function sourceOf(kind: Compared, model: string, exporter: string): string {
  return join(folder, kind === "judge" ? `${model}/${exporter}` : "minilm/optimum");
}

/** Largest absolute difference of two lists of equal length. */
export function largestDifference(got: Iterable<number>, want: readonly number[]): number {
  const found = [...got];
  if (found.length !== want.length) throw new Error(`${found.length} numbers where torch has ${want.length}`);
  return found.reduce((most, value, i) => Math.max(most, Math.abs(value - (want[i] as number))), 0);
}
