import { join } from "node:path";
import { ioTable } from "../../decoding/discover.js";
import { type OpenSession, openSession, type SessionOptions } from "../../onnx/session.js";

/** Opens a graph and tells its inputs and outputs. @param path relative to the folder. */
export async function openGraph(folder: string, path: string, sessions: SessionOptions): Promise<OpenSession> {
  const open = await openSession(join(folder, path), sessions);
  const { inputMetadata, outputMetadata } = open.session;
  sessions.onEvent?.({ kind: "log", message: `${path}\n${ioTable(inputMetadata, outputMetadata)}` });
  return open;
}
