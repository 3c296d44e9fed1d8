import { SpecError } from "../errors.js";
import { withSignal } from "../util/abort.js";
import { registryOf, rowNamed, rowsOf } from "../util/registry.js";
import { transformersText } from "./causal_text/connector.js";
import type { ConnectorDefinition } from "./connector.js";
import { openaiCompatible } from "./openai_compatible/connector.js";
import { liquidAudio, speech } from "./speech/connectors.js";
import type { LoadOptions, Model } from "./types.js";

/** Every connector: what is entered here is a value of `model.connector` in the spec, the flags, the help and the library. */
export const CONNECTORS = registryOf(
  transformersText, //
  liquidAudio,
  speech,
  openaiCompatible,
);

export type ConnectorName = keyof typeof CONNECTORS;

export const connectors: readonly ConnectorDefinition<ConnectorName>[] = rowsOf<ConnectorDefinition<ConnectorName>>(CONNECTORS);
export const CONNECTOR_NAMES = connectors.map(({ name }) => name) as [ConnectorName, ...ConnectorName[]];

/** What finds the connector from the model's files. */
export const AUTO_CONNECTOR = "auto";

/**
 * Loads a model by its connector's name.
 * @param connector "auto" finds it from the model's files.
 * @throws SpecError where there is no such connector, where the repository may not be reached, ConnectorError where it cannot be loaded.
 */
export async function openModel(connector: string, options: LoadOptions): Promise<Model> {
  if (connector === AUTO_CONNECTOR) {
    const { findConnector } = await import("./find_connector.js");
    const found = await findConnector(options, connectors);
    checkTemplate(found, options);
    return await load(found, options);
  }
  const row: ConnectorDefinition | undefined = rowNamed<ConnectorDefinition>(CONNECTORS, connector);
  if (row === undefined) throw new SpecError(`there is no connector "${connector}": valid are ${CONNECTOR_NAMES.join(", ")}`);
  return await withSignal(options.signal, () => load(row, options));
}

async function load(row: ConnectorDefinition, options: LoadOptions): Promise<Model> {
  // What is wrong with the runtime is told by whoever opens a graph.
  if (row.served !== true) void startAhead().catch(() => undefined);
  return await row.load(options);
}

/** The thread that is to open the model's graphs starts while the connector's code is loaded and its files are read. */
async function startAhead(): Promise<void> {
  const { startRuntime } = await import("../onnx/runtime.js");
  startRuntime();
}

/** A spec that names its connector is refused such keys with their line; here the connector was not known before. */
function checkTemplate({ name, templated }: ConnectorDefinition, { template = null, templateKwargs = {} }: LoadOptions): void {
  if (templated || (template === null && Object.keys(templateKwargs).length === 0)) return;
  throw new SpecError(`model.template and model.template_kwargs are not for ${name}, whose turns are fixed`);
}
