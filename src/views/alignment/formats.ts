import type { Alignment } from "../../results/alignment.js";
import { toSvg } from "./picture.js";
import { toAudacity, toSrt, toVtt } from "./subtitles.js";
import { toCsv, toJson, toText } from "./tables.js";
import { toTextGrid } from "./textgrid.js";

interface AlignmentFormat {
  /** File endings, lower case. */
  readonly endings: readonly string[];
  readonly write: (alignment: Alignment) => string;
}

export const ALIGNMENT_FORMATS = {
  text: { endings: [], write: toText },
  json: { endings: [".json"], write: toJson },
  csv: { endings: [".csv"], write: toCsv },
  textgrid: { endings: [".textgrid"], write: toTextGrid },
  srt: { endings: [".srt"], write: toSrt },
  vtt: { endings: [".vtt"], write: toVtt },
  audacity: { endings: [".txt"], write: toAudacity },
  svg: { endings: [".svg"], write: toSvg },
} as const satisfies Record<string, AlignmentFormat>;

export type AlignmentFormatName = keyof typeof ALIGNMENT_FORMATS;

/** null where the ending names none. */
export function alignmentFormatOf(file: string): AlignmentFormatName | null {
  const found = Object.entries(ALIGNMENT_FORMATS).find(([, { endings }]) => endings.some((ending) => file.toLowerCase().endsWith(ending)));
  return (found?.[0] as AlignmentFormatName | undefined) ?? null;
}
