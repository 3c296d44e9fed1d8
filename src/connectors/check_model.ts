import { ConnectorError } from "../errors.js";
import { configFiles } from "../repos/model_files.js";
import { resolveRepo } from "../repos/repo.js";
import type { CheckRow } from "./check_row.js";
import type { ConnectorName } from "./registry.js";
import type { LoadOptions } from "./types.js";

/** Graphs that only a model that hears or speaks has. */
const AUDIO = /(^|\/)(decoder|audio_encoder|audio_embedding|vocoder_depthformer|audio_detokenizer)(_\w+)?\.onnx$/;

/**
 * Tries every part of a model: files, layouts, numbers.
 * @param connector null: found from the files.
 * @throws SpecError where the repository cannot be reached as asked.
 */
export async function checkModel(options: LoadOptions, connector: ConnectorName | null): Promise<readonly CheckRow[]> {
  if ((connector ?? (await connectorOf(options))) === "liquid-audio")
    return await (await import("./speech/families/lfm2/check.js")).checkLiquid(options);
  return await (await import("./causal_text/check.js")).checkText(options);
}

async function connectorOf(options: LoadOptions): Promise<ConnectorName> {
  let found: ConnectorName = "transformers-text";
  const choose = (paths: readonly string[]): readonly string[] => {
    if (paths.some((path) => AUDIO.test(path))) found = "liquid-audio";
    return configFiles(paths);
  };
  await resolveRepo({ ...options, variant: "audio", choose }).catch((error: unknown) => {
    // What is missing is a row of the table.
    if (!(error instanceof ConnectorError)) throw error;
  });
  return found;
}
