import { ConnectorError, SpecError } from "../errors.js";
import type { CheckRow } from "./check_row.js";
import type { ConnectorDefinition } from "./connector.js";
import { findConnector } from "./find_connector.js";
import { CONNECTORS, type ConnectorName, connectors } from "./registry.js";
import type { LoadOptions } from "./types.js";

/**
 * Tries every part of a model: files, layouts, numbers.
 * @param connector null: found from the files.
 * @throws SpecError where the repository cannot be reached as asked.
 */
export async function checkModel(options: LoadOptions, connector: ConnectorName | null): Promise<readonly CheckRow[]> {
  if (connector !== null) return await CONNECTORS[connector].check(options);
  try {
    return await (await connectorFor(options)).check(options);
  } catch (error) {
    // What is missing is a row of the table.
    if (!(error instanceof ConnectorError) || error instanceof SpecError) throw error;
    return [{ check: "files", found: options.config.repoId, status: "failed", detail: error.message }];
  }
}

/** An embedded name that stands for several models is checked as the one that hears, which has most parts. */
async function connectorFor(options: LoadOptions): Promise<ConnectorDefinition> {
  const withAudio = connectors.filter(({ hears }) => hears);
  return await findConnector(options, options.config.repoId.startsWith("embedded:") ? withAudio : connectors);
}
