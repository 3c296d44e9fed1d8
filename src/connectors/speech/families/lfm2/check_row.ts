import type { OpenSession, SessionOptions } from "../../../../onnx/session.js";
import type { LocalRepo } from "../../../../repos/repo.js";
import { openGraph as openIn } from "../../check_graph.js";
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
export const openGraph = ({ repo, sessions }: CheckContext, path: string): Promise<OpenSession> => openIn(repo.folder, path, sessions);
