import type { Encoder } from "../helpers/sentence_encoder.js";
import type { Resources } from "../repos/resources.js";
import type { ExplainRequest } from "../spec/request.js";

/**
 * The sentence encoder that a request's payoff names. A model of its own: it comes in fp32 unless the spec gives a precision for the
 * component `encoder`. Most runs need none, so the runtime is loaded with it.
 */
export async function openEncoder({ spec, paths }: ExplainRequest, resources: Resources): Promise<Encoder> {
  const { loadEncoder } = await import("../helpers/sentence_encoder.js");
  const { dtype } = spec.model;
  return await loadEncoder({ ...resources, config: { repoId: paths.encoder ?? "" }, dtype: typeof dtype === "string" ? "fp32" : dtype });
}
