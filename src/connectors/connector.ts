import type { CheckRow } from "./check_row.js";
import type { RepoFacts } from "./repo_facts.js";
import type { LoadOptions, Model } from "./types.js";

/** A way of talking to models of one kind: the spec's schema, the help, errors and lists ask these, never a name. */
export interface ConnectorDefinition<Name extends string = string> {
  /** As specs say it. */
  readonly name: Name;
  /** One line for lists and help. */
  readonly summary: string;
  /** Its models have chat templates, which a spec may replace. Otherwise their turns are fixed, or it depends on the model. */
  readonly templated: boolean;
  /** Its models continue plain texts (`prompt`). */
  readonly prompts: boolean;
  /** Its models take audio in messages. */
  readonly hears: boolean;
  /** Some of its models answer in sound. */
  readonly speaks: boolean;
  /** Its models are behind a server that the user names: `model.repo` is what the server calls one, and no folder. @default false */
  readonly served?: boolean;
  /** Which folder of an embedded model is its. */
  readonly variant: "text" | "audio";
  /** Whether these files are a model of its kind; where several connectors say so, the first of the registry has it. */
  recognises(facts: RepoFacts): boolean;
  /** @throws SpecError where the repository may not be reached, ConnectorError where it cannot be loaded. */
  load(options: LoadOptions): Promise<Model>;
  /** Tries every part of a model. A part that fails is a row. @throws SpecError where the repository cannot be reached as asked. */
  check(options: LoadOptions): Promise<readonly CheckRow[]>;
}

/**
 * The door that every connector comes in by: one file and one entry of `registry.ts` make a value of `model.connector`. The file is read by
 * every command: import what is heavy in `load` and `check`.
 */
export function defineConnector<const Name extends string>(connector: ConnectorDefinition<Name>): ConnectorDefinition<Name> {
  return connector;
}
