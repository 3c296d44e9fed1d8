import type { Model } from "../connectors/types.js";
import type { ExplainRequest } from "../spec/request.js";
import { hears, loadModel } from "../tasks/load_model.js";
import type { CallerResources } from "../tasks/resources.js";

/** Keeps the last model open, for the next spec that wants the same one. */
export interface ModelPool {
  readonly get: (request: ExplainRequest, options: CallerResources) => Promise<Model>;
  readonly close: () => Promise<void>;
}

export function createModelPool(): ModelPool {
  let held: { readonly key: string; readonly model: Model } | null = null;
  const close = async () => {
    const last = held;
    held = null;
    await last?.model.dispose();
  };
  return {
    async get(request, options) {
      const key = keyOf(request);
      if (held?.key !== key) {
        await close();
        held = { key, model: await loadModel(request, options) };
      }
      return held.model;
    },
    close,
  };
}

/** All that a loaded model depends on. */
function keyOf(request: ExplainRequest): string {
  const { spec, paths } = request;
  const { cache: _, ...run } = spec.run;
  return JSON.stringify([spec.model, hears(request), paths.repo, paths.tokenizer, paths.template, spec.generation.history, run]);
}
