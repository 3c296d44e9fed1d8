import { ModelHistoryTrackingMode } from "../chat/enums.js";
import { openModel } from "../connectors/registry.js";
import type { LoadOptions, Model } from "../connectors/types.js";
import type { ExplainRequest } from "../spec/request.js";
import type { GenerationSpec } from "../spec/schema.js";
import { type CallerResources, resourcesOf } from "./resources.js";

const HISTORY = {
  text: ModelHistoryTrackingMode.TEXT,
  audio: ModelHistoryTrackingMode.AUDIO,
  text_audio: ModelHistoryTrackingMode.TEXT_AUDIO,
} as const satisfies Record<GenerationSpec["history"], ModelHistoryTrackingMode>;

/**
 * Loads the model that a request names.
 * @throws SpecError where it may not be reached, ConnectorError where it cannot be loaded.
 */
export async function loadModel(request: ExplainRequest, caller: CallerResources & Pick<LoadOptions, "contact"> = {}): Promise<Model> {
  const { spec, paths } = request;
  caller.onEvent?.({ kind: "phase", label: "loading the model" });
  const { connector, revision, dtype, template_kwargs: templateKwargs } = spec.model;
  return await openModel(connector, {
    ...resourcesOf(request, caller),
    config: { repoId: paths.repo.name, revision },
    dtype,
    hears: hears(request),
    historyTrackingMode: HISTORY[spec.generation.history],
    template: templateOf(request),
    templateKwargs,
    memory: spec.run.memory,
    batchSize: spec.run.batch_size,
    speculation: spec.run.speculation,
    tokenizer: paths.tokenizer?.name ?? null,
    concurrency: spec.run.concurrency,
    contact: caller.contact ?? true,
  });
}

/** Whether a conversation has sound. */
export function hears({ spec }: ExplainRequest): boolean {
  return (spec.messages ?? []).some(({ content }) => content.some(({ type }) => type === "audio"));
}

function templateOf({ spec, paths }: ExplainRequest): LoadOptions["template"] {
  const { template } = spec.model;
  if (template === null || "name" in template) return template;
  return { file: paths.template ?? template.file };
}
