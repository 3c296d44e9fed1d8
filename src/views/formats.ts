import type { Result } from "../results/result_schema.js";
import { type CsvOptions, toCsv } from "./csv.js";
import { toHtml } from "./html.js";
import { toJson, toJsonl } from "./json.js";
import { type TextOptions, toText } from "./text.js";

export type FormatName = "json" | "jsonl" | "csv" | "text" | "html";
export type FormatOptions = CsvOptions & TextOptions;

export interface Format {
  /** Endings of file names that mean this format, dot included, lower case. */
  readonly endings: readonly string[];
  /** Whole contents of a file, its last line break included. */
  readonly render: (results: readonly Result[], options: FormatOptions) => string;
}

export const FORMATS = {
  json: { endings: [".json"], render: toJson },
  jsonl: { endings: [".jsonl", ".ndjson"], render: toJsonl },
  csv: { endings: [".csv"], render: toCsv },
  text: { endings: [".txt"], render: toText },
  html: { endings: [".html", ".htm"], render: toHtml },
} as const satisfies Record<FormatName, Format>;

/** The format that a file name's ending means, or null. */
export function formatOfFile(path: string): FormatName | null {
  const lower = path.toLowerCase();
  const names = Object.keys(FORMATS) as FormatName[];
  return names.find((name) => FORMATS[name].endings.some((ending) => lower.endsWith(ending))) ?? null;
}
