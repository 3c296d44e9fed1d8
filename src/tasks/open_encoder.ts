import { AUTO_CONNECTOR, CONNECTORS } from "../connectors/registry.js";
import type { CrossEncoder } from "../helpers/cross_encoder.js";
import type { Judge } from "../helpers/judge.js";
import type { Encoder } from "../helpers/sentence_encoder.js";
import type { TextGraphOptions } from "../helpers/text_graph.js";
import type { JudgeSettings } from "../helpers/types.js";
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
  return await loadEncoder(graphOptions({ model, run }, repoId, resources));
}

/** The same for a payoff's cross-encoder. */
export async function openCrossEncoder(spec: Spec, repoId: string, resources: Resources): Promise<CrossEncoder> {
  const served = servedName(repoId);
  if (served !== null) {
    const { loadServedCrossEncoder } = await import("../helpers/served_cross_encoder.js");
    return await loadServedCrossEncoder({ ...resources, config: { repoId: served } });
  }
  const { loadCrossEncoder } = await import("../helpers/cross_encoder.js");
  return await loadCrossEncoder(graphOptions(spec, repoId, resources));
}

/** The same for a model that grades answers: one that runs here, or messages to a server. */
export async function openJudge(
  { model, run }: Pick<Spec, "model" | "run">,
  repoId: string,
  dtype: string,
  settings: JudgeSettings,
  resources: Resources,
): Promise<Judge> {
  const { loadJudge } = await import("../helpers/judge.js");
  const served = servedName(repoId);
  const { memory, batch_size: batchSize, concurrency, threads } = run;
  const options = { ...resources, device: model.device, threads, memory, batchSize, concurrency, dtype };
  return await loadJudge(
    served === null ? AUTO_CONNECTOR : CONNECTORS["openai-compatible"].name,
    { ...options, config: { repoId: served ?? repoId } },
    settings,
  );
}

function graphOptions({ model, run }: Pick<Spec, "model" | "run">, repoId: string, resources: Resources): TextGraphOptions {
  return {
    ...resources,
    device: model.device,
    threads: run.threads,
    config: { repoId },
    dtype: typeof model.dtype === "string" ? "fp32" : model.dtype,
  };
}
