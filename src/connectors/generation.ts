import { inWords, requireObject } from "../chat/arguments.js";
import { completeModelConfig, type ModelConfig } from "../chat/model_config.js";
import { ConnectorError } from "../errors.js";
import type { GenerateOptions } from "./types.js";

/** Steps of an answer at most, where nothing else is asked for. */
export const DEFAULT_MAX_NEW_TOKENS = 128;

/** How a model is to answer, every default filled in. */
export interface Generation {
  readonly maxNewTokens: number;
  readonly modelConfig: ModelConfig;
  readonly keepHistory: boolean;
  readonly seed: number | string;
}

type Asked = { readonly [Key in keyof GenerateOptions]: GenerateOptions[Key] | undefined };

/** Fills in what is not said. @throws ConnectorError on a value that means nothing. */
export function generationOf(options: Asked): Generation {
  requireObject(options, "the options of an answer");
  const { maxNewTokens = DEFAULT_MAX_NEW_TOKENS, modelConfig, keepHistory = false, seed = 0 } = options;
  if (!Number.isSafeInteger(maxNewTokens) || maxNewTokens < 1) {
    throw new ConnectorError(`maxNewTokens is ${inWords(maxNewTokens)}: valid are integers from 1`);
  }
  if (typeof keepHistory !== "boolean") throw new ConnectorError(`keepHistory is ${inWords(keepHistory)}: valid are true and false`);
  if (typeof seed !== "string" && !Number.isFinite(seed)) {
    throw new ConnectorError(`seed is ${inWords(seed)}: valid are finite numbers and texts`);
  }
  return { maxNewTokens, modelConfig: completeModelConfig(modelConfig), keepHistory, seed };
}
