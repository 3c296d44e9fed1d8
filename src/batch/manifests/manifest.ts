/** Where a conversation's spec is. */
export type Source =
  /** A file as a person would name it from the folder that the command runs in. */
  | { readonly kind: "file"; readonly path: string }
  /** A spec as JSON, whose paths start from an absolute folder; `inputs` is another one that they may lie in. */
  | { readonly kind: "inline"; readonly json: string; readonly folder: string; readonly inputs?: string };

/** One conversation of a manifest. */
export interface Line {
  /** Where it stands, in messages: `manifest.jsonl:12`. */
  readonly where: string;
  /** Opened for the conversations of one's own shard only. @throws SpecError where it is none. */
  open(): Promise<Opened> | Opened;
}

export interface Opened {
  /** As the manifest gives it. */
  readonly id: string | null;
  readonly source: Source;
}

export interface ManifestOptions {
  /** Absolute; paths in messages start from here. */
  readonly cwd: string;
  readonly stdin: AsyncIterable<unknown>;
  /** A spec with `{{column}}` in it, which tables fill in. */
  readonly template: Template | null;
  /** Absolute folder that keeps what a table holds and a spec names as a file, such as sounds. */
  readonly inputs: string;
  /** Specs that a list names may lie outside of its folder. */
  readonly allowOutside: boolean;
}

/** A spec that a table's rows fill in. */
export interface Template {
  /** As the user named it. */
  readonly path: string;
  readonly data: unknown;
  /** Absolute; relative paths of the filled-in specs start from here. */
  readonly folder: string;
}

/** A kind of list of conversations. */
export interface ManifestDefinition<Name extends string = string> {
  readonly name: Name;
  /** One line of help. */
  readonly summary: string;
  /** Its lines fill in a template. @default false */
  readonly fillsIn?: boolean;
  /** @param path as it was typed, "-" for standard input. @param folder whether a folder is there. */
  recognises(path: string, folder: boolean): boolean;
  /** In a lasting order. @throws SpecError where it cannot be read. */
  read(path: string, options: ManifestOptions): AsyncIterable<Line>;
}

/** The door that every kind of manifest comes in by: one file and one entry of `registry.ts`. */
export function defineManifest<const Name extends string>(definition: ManifestDefinition<Name>): ManifestDefinition<Name> {
  return definition;
}

/** A path has one of these endings. */
export function endsWith(path: string, endings: readonly string[]): boolean {
  const lower = path.toLowerCase();
  return endings.some((ending) => lower.endsWith(ending));
}

/** Endings of specs. */
export const SPEC_ENDINGS = [".yaml", ".yml", ".json"] as const;
