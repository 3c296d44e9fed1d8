import type { z } from "zod";

/** Keys of `processor_config.json` that hold a feature extractor. */
const NESTED = ["feature_extractor", "audio_processor"] as const;

/**
 * What a model's feature extractor is configured with: `preprocessor_config.json`, or the part of `processor_config.json` that newer versions of
 * transformers keep it in. @throws ConnectorError where neither is there, or it is not understood.
 */
export async function readExtractor<T>(folder: string, schema: z.ZodType<T>): Promise<T> {
  const [{ z: zod }, { readJsonAs, readJsonObject }] = await Promise.all([import("zod"), import("../../repos/read_files.js")]);
  const own = await readJsonObject(folder, "preprocessor_config.json");
  const processor = own === null ? await readJsonObject(folder, "processor_config.json") : null;
  const key = NESTED.find((name) => typeof processor?.[name] === "object");
  if (key === undefined) return await readJsonAs(folder, "preprocessor_config.json", schema);
  const read = await readJsonAs(folder, "processor_config.json", zod.looseObject({ [key]: schema }));
  return read[key] as T;
}
