import type { Alignment } from "../../results/alignment.js";
import { escapeJson } from "../../util/escape.js";
import { defineFormat, itemByItem } from "../format.js";

export const json = defineFormat<Alignment>()({ name: "json", endings: [".json"], open: itemByItem(toJson) });

/** `mllm-shap/alignment@1`: keys in a fixed order, shortest round-trip numbers. */
function toJson({ audio, model, boundaryRule, segments, warnings }: Alignment): string {
  const document = {
    schema: "mllm-shap/alignment@1",
    audio: { path: audio.path, sha256: audio.sha256, seconds: audio.seconds, decoder: audio.decoder },
    model,
    boundary_rule: boundaryRule,
    segments: segments.map(({ token, startS, endS, confidence, boundaryRefined }, index) => ({
      index,
      token,
      start_s: startS,
      end_s: endS,
      confidence,
      boundary_refined: boundaryRefined,
    })),
    warnings,
  };
  return escapeJson(`${JSON.stringify(document, null, 2)}\n`);
}
