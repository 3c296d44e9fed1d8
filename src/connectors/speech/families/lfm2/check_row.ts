import { join } from "node:path";
import { ioTable } from "../../../../decoding/discover.js";
import { type OpenSession, openSession, type SessionOptions } from "../../../../onnx/session.js";
import type { LocalRepo } from "../../../../repos/repo.js";
import type { LiquidConfig } from "./config.js";
import type { LiquidFiles } from "./files.js";

/** What the checks look at. */
export interface CheckContext {
  readonly repo: LocalRepo;
  readonly files: LiquidFiles;
  readonly config: LiquidConfig;
  readonly sessions: SessionOptions;
}

/** Opens a graph and tells its inputs and outputs. @param path relative to the repository. */
export async function openGraph({ repo, sessions }: CheckContext, path: string): Promise<OpenSession> {
  const open = await openSession(join(repo.folder, path), sessions);
  const { inputMetadata, outputMetadata } = open.session;
  sessions.onEvent?.({ kind: "log", message: `${path}\n${ioTable(inputMetadata, outputMetadata)}` });
  return open;
}
