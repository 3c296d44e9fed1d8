import { SpecError } from "../errors.js";
import { withSignal } from "../util/abort.js";
import type { LoadOptions, Model } from "./types.js";

export interface Connector {
  /** One line for lists and help. */
  readonly description: string;
  /** Its models have chat templates, which a spec may replace, and continue plain texts. Otherwise their turns are fixed. */
  readonly templated: boolean;
  load(options: LoadOptions): Promise<Model>;
}

export const CONNECTOR_NAMES = ["transformers-text", "liquid-audio"] as const;
export type ConnectorName = (typeof CONNECTOR_NAMES)[number];

/** Models are imported when they are loaded: the runtime's libraries take a moment, and most commands need none. */
export const CONNECTORS = {
  "transformers-text": {
    description: "any Hugging Face causal language model as ONNX",
    templated: true,
    load: async (options) => (await import("./causal_text/model.js")).TransformersCausalText.load(options),
  },
  "liquid-audio": {
    description: "LFM2-Audio and LFM2.5-Audio as ONNX: hears, reads, writes and speaks",
    templated: false,
    load: async (options) => (await import("./speech/families/lfm2/model.js")).LiquidAudio.load(options),
  },
} as const satisfies Record<ConnectorName, Connector>;

/**
 * Loads a model by its connector's name.
 * @throws SpecError where there is no such connector, where the repository may not be reached, ConnectorError where it cannot be loaded.
 */
export async function openModel(connector: string, options: LoadOptions): Promise<Model> {
  const row = Object.hasOwn(CONNECTORS, connector) ? CONNECTORS[connector as ConnectorName] : undefined;
  if (row === undefined) throw new SpecError(`there is no connector "${connector}": valid are ${CONNECTOR_NAMES.join(", ")}`);
  return await withSignal(options.signal, async (): Promise<Model> => row.load(options));
}
