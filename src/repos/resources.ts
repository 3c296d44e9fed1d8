import type { RunOptions } from "../events.js";
import type { HashStore } from "./local_files.js";
import type { ServerIdentity } from "./server_identity.js";

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
  /** Where models behind a server are asked; null or none: nothing is asked of any. */
  readonly server?: ServerAccess | null | undefined;
  /** @default "auto" */
  readonly device?: Device;
  /** Where digests of large files are kept. @default nowhere */
  readonly hashes?: HashStore | undefined;
  /** Native threads of a session; 0 = one for a small decoder, else one a core. @default 0 */
  readonly threads?: number;
}

/** A server that whoever runs a spec permits to be asked; a spec has no say in it. */
export interface ServerAccess {
  /** As `serverRoot` gives it: no user, no query, no `/v1` at its end. */
  readonly url: string;
  /** Sent to this server alone. */
  readonly apiKey: string | null;
  /** Which kind of server it is; null: found out by asking. */
  readonly kind: string | null;
  /** Seconds that one request may take, its answer included. */
  readonly timeoutS: number;
  /** Seconds that a server which is gone or busy is waited for before the run gives up. */
  readonly patienceS: number;
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
  /** Of a model behind a server, whose weights nobody here can hash. */
  readonly server?: ServerIdentity | undefined;
}
