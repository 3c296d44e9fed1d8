import { ConnectorError } from "../errors.js";
import { inWords, requireObject } from "./arguments.js";

/** Sampling settings; null turns a filter off. A temperature of null or 0, or a top-k of 1, is greedy. */
export interface ModelConfig {
  readonly textTemperature: number | null;
  readonly textTopK: number | null;
  readonly audioTemperature: number | null;
  readonly audioTopK: number | null;
}

/** Greedy text and audio. */
export const GREEDY: ModelConfig = { textTemperature: 0, textTopK: 1, audioTemperature: 0, audioTopK: 1 };

const CHECKS: Readonly<Record<keyof ModelConfig, (value: unknown) => boolean>> = {
  textTemperature: isTemperature,
  textTopK: isTopK,
  audioTemperature: isTemperature,
  audioTopK: isTopK,
};

/**
 * Fills in the defaults (`GREEDY`) of what is not there; null stays null, which is off.
 * @throws ConnectorError on an unknown key, a temperature below 0, a top-k below 1 or not whole, or anything that is no number.
 */
export function completeModelConfig(config: Partial<ModelConfig> | undefined): ModelConfig {
  if (config === undefined) return GREEDY;
  requireObject(config, "modelConfig");
  const names = Object.keys(CHECKS) as (keyof ModelConfig)[];
  const unknown = Object.keys(config).find((key) => !Object.hasOwn(CHECKS, key));
  if (unknown !== undefined) throw new ConnectorError(`modelConfig has no "${unknown}": valid are ${names.join(", ")}`);
  const given = names.filter((name) => config[name] !== undefined);
  for (const name of given) {
    if (config[name] === null || CHECKS[name](config[name])) continue;
    const valid = CHECKS[name] === isTopK ? "whole numbers from 1 (1 = greedy)" : "numbers from 0 (0 = greedy)";
    throw new ConnectorError(`modelConfig.${name} is ${inWords(config[name])}: valid are ${valid}, and null (off)`);
  }
  return { ...GREEDY, ...Object.fromEntries(given.map((name) => [name, config[name]])) };
}

function isTemperature(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function isTopK(value: unknown): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 1;
}
