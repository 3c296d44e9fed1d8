import type { Encoder } from "../helpers/sentence_encoder.js";
import { servedName } from "../repos/ref.js";
import type { Resources } from "../repos/resources.js";
import type { Spec } from "../spec/schema.js";

/**
 * The sentence encoder of a payoff. A model of its own: it comes in fp32 unless the spec gives a precision for the component `encoder`.
 * Most runs need none, so the runtime is loaded with it.
 * @param repoId a name that means the same everywhere.
 */
export async function openEncoder({ model, run }: Spec, repoId: string, resources: Resources): Promise<Encoder> {
  const served = servedName(repoId);
  if (served !== null) {
    const { loadServedEncoder } = await import("../helpers/served_encoder.js");
    return await loadServedEncoder({ ...resources, config: { repoId: served } });
  }
  const { loadEncoder } = await import("../helpers/sentence_encoder.js");
  return await loadEncoder({
    ...resources,
    device: model.device,
    threads: run.threads,
    config: { repoId },
    dtype: typeof model.dtype === "string" ? "fp32" : model.dtype,
  });
}
