import type { RunOptions } from "../events.js";
import type { HashStore } from "./local_files.js";

export type Device = "auto" | "cpu" | "cuda" | "webgpu";

/**
 * What a call may use of this machine and of the network. One object for everything that opens a model, an aligner or an encoder; a spec
 * has no say in it but for the device and the threads.
 */
export interface Resources extends RunOptions {
  /** Where hub files are kept; `HF_HOME`'s rule applies where it is not given. */
  readonly cacheDir?: string | undefined;
  /** Use cached files only. @default false */
  readonly offline?: boolean;
  /** A hub repository that is not cached may be downloaded. @default false */
  readonly allowDownload?: boolean;
  /** Hub access token. */
  readonly token?: string | undefined;
  /** Executable for audio formats without a built-in decoder. @default "ffmpeg" */
  readonly ffmpegPath?: string | undefined;
  /** @default "auto" */
  readonly device?: Device;
  /** Where digests of large files are kept. @default nowhere */
  readonly hashes?: HashStore | undefined;
  /** Native threads of a session; 0 = one for a small decoder, else one a core. @default 0 */
  readonly threads?: number;
}

/** Where a model's files come from. */
export interface HuggingFaceModelConfig {
  /** `embedded:NAME`, an absolute folder, or a hub id `owner/name`. */
  readonly repoId: string;
  /** Branch, tag or commit of a hub repository. @default "main" */
  readonly revision?: string | undefined;
}

/** Branch of a hub repository where no other is named. */
export const MAIN = "main";

/** What was loaded, for the result's `model` and `runtime` blocks and for the memo's keys. */
export interface ModelIdentity {
  readonly connector: string;
  readonly repo: string;
  /** Commit of a hub repository, null otherwise. */
  readonly resolvedRevision: string | null;
  readonly dtype: string;
  /** Path inside the repository → SHA-256 of every file that determines answers. */
  readonly sha256: Readonly<Record<string, string>>;
  readonly provider: string;
}
