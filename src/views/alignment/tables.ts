import { stringify } from "csv-stringify/sync";
import type { Alignment } from "../../results/alignment.js";
import { escapeControl } from "../escape.js";

/** `mllm-shap/alignment@1`: keys in a fixed order, shortest round-trip numbers. */
export function toJson({ audio, model, boundaryRule, segments, warnings }: Alignment): string {
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
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** RFC 4180 with a header, one row a unit. */
export function toCsv({ segments }: Alignment): string {
  const rows = segments.map(({ token, startS, endS, confidence, boundaryRefined }, index) => ({
    index,
    token,
    start_s: startS,
    end_s: endS,
    confidence,
    boundary_refined: String(boundaryRefined),
  }));
  const columns = ["index", "token", "start_s", "end_s", "confidence", "boundary_refined"];
  return stringify(rows, { header: true, columns, record_delimiter: "windows", quoted_match: /[\r\n]|^\s|\s$/ });
}

/** Seconds, confidence and word, one line a unit, for a terminal. */
export function toText({ segments, audio }: Alignment): string {
  const width = Math.max(5, audio.seconds.toFixed(2).length);
  const column = (text: string): string => text.padStart(width);
  const lines = segments.map(
    ({ token, startS, endS, confidence }) =>
      `${column(startS.toFixed(2))}  ${column(endS.toFixed(2))}  ${column(confidence.toFixed(2))}  ${escapeControl(token)}`,
  );
  return `${[`${column("start")}  ${column("end")}  ${column("conf.")}  word`, ...lines].join("\n")}\n`;
}
