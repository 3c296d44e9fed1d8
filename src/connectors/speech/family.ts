import type { CheckRow } from "../check_row.js";
import type { RepoFacts } from "../repo_facts.js";
import type { LoadOptions, Model } from "../types.js";
import type { SpeechFacts, SpeechFamily } from "./facts.js";

interface Identity<Name extends string> {
  readonly name: Name;
  readonly summary: string;
  readonly modelTypes: readonly string[];
  /** Told from more than its `model_type`. @default `model_type` is one of `modelTypes` */
  readonly recognises?: (facts: RepoFacts) => boolean;
}

/** A family with a model of its own, such as one that speaks. */
interface OwnModel {
  readonly templated: boolean;
  readonly speaks: boolean;
  load(options: LoadOptions): Promise<Model>;
  check(options: LoadOptions): Promise<readonly CheckRow[]>;
}

/**
 * The door that every family of models that hear comes in by: one file, of facts or with a model of its own, and one entry of `registry.ts`.
 * The file is read by every command: import what is heavy inside of functions.
 */
export function defineSpeechFamily<const Name extends string>(spec: Identity<Name> & (SpeechFacts | OwnModel)): SpeechFamily<Name> {
  const { name, summary, modelTypes } = spec;
  const recognises = spec.recognises ?? (({ config }: RepoFacts) => modelTypes.includes(String(config.model_type)));
  if ("load" in spec) {
    const { templated, speaks } = spec;
    return {
      name,
      summary,
      modelTypes,
      recognises,
      facts: null,
      templated,
      speaks,
      load: (o) => spec.load(o),
      check: (o) => spec.check(o),
    };
  }
  return {
    ...{ name, summary, modelTypes, recognises, facts: spec },
    templated: true,
    speaks: false,
    load: async (options) => (await import("./model.js")).SpeechTextModel.load(spec, options),
    check: async (options) => (await import("./check.js")).checkSpeech(spec, options),
  };
}
