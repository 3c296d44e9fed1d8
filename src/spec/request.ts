import type { RepoRef } from "../repos/ref.js";
import type { ServerAccess } from "../repos/resources.js";
import type { Spec } from "./schema.js";

/** Where a spec came from. */
export interface SpecSource {
  /** As the user wrote it; null for stdin and for specs made by a program. */
  readonly path: string | null;
  /** SHA-256 of the bytes read, in hex. */
  readonly sha256: string;
  /** Absolute folder that the spec's relative paths start from. */
  readonly folder: string;
}

/** What the person who runs a spec, and not the spec, may permit. */
export interface Policy {
  /** Audio files and model folders may lie outside the spec's folder. */
  readonly allowOutside: boolean;
  /** A hub repository that is not cached may be downloaded. */
  readonly allowDownload: boolean;
  /** Cached files only. */
  readonly offline: boolean;
  /** Absolute folders outside the spec's in which files and models may lie all the same. @default none */
  readonly trusted?: readonly string[] | undefined;
  /** Scores answers instead of `explain.payoff`; never from a spec. */
  readonly payoffCommand: PayoffCommand | null;
  /** The server that models of the connector openai-compatible are asked at; never from a spec. @default null: none */
  readonly server?: ServerAccess | null | undefined;
}

/** A program that scores answers. */
export interface PayoffCommand {
  /** Program and arguments; no shell reads them. */
  readonly argv: readonly string[];
  /** What one call of the program may take. */
  readonly timeoutS: number;
}

/** One spec, checked and ready to be explained. */
export interface ExplainRequest {
  readonly spec: Spec;
  readonly source: SpecSource;
  readonly policy: Policy;
  /** Dotted keys that the file or a flag gives itself, such as "explain.budget": a default never refuses what was asked by name. */
  readonly given: ReadonlySet<string>;
  /** What of another program's conversation was left out or read as something else. */
  readonly notes: readonly string[];
  /** What the spec's paths stand for. */
  readonly paths: ResolvedPaths;
}

export interface ResolvedPaths {
  readonly repo: RepoRef;
  /** Of `model.tokenizer`; null where it names none. */
  readonly tokenizer: RepoRef | null;
  /** The sentence encoder that `explain.payoff.source` names; null where it names none. */
  readonly encoder: RepoRef | null;
  /** Of `explain.aligner`. */
  readonly aligner: RepoRef;
  /** Absolute real path of the file that `model.template` names; null where it names none. */
  readonly template: string | null;
  /** Path as in the spec → absolute real path, for every audio part. */
  readonly audio: ReadonlyMap<string, string>;
  /** Sound that stood in the conversation itself: the path that its part has in the spec → its bytes. */
  readonly sounds: ReadonlyMap<string, Uint8Array>;
}
