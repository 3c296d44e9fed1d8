import { SpecError } from "../errors.js";
import { transcriptOf } from "../text/transcript.js";
import { parseTextList } from "../util/json.js";
import type { Context } from "./context.js";
import { readText } from "./read_text.js";

export interface TranscriptFlags {
  readonly transcript?: string;
  readonly transcriptFile?: string;
  readonly words?: string;
}

/** A text whose words are the units, or the units. @throws SpecError unless one of the flags says it. */
export async function readTranscript(
  { transcript, transcriptFile, words }: TranscriptFlags,
  context: Context,
): Promise<string | readonly string[]> {
  const given = [transcript, transcriptFile, words].filter((one) => one !== undefined);
  if (given.length !== 1) throw new SpecError("align needs one of --transcript TEXT, --transcript-file FILE and --words FILE");
  if (transcript !== undefined) return transcript;
  if (transcriptFile !== undefined) return transcriptOf(await readText(transcriptFile, context));
  return unitsOf(await readText(words as string, context), words as string);
}

function unitsOf(text: string, file: string): readonly string[] {
  if (!text.trimStart().startsWith("[")) return text.split(/\r?\n/).filter((line) => line.trim() !== "");
  let list: readonly string[] | null;
  try {
    list = parseTextList(text);
  } catch (cause) {
    throw new SpecError(`${file}: is no valid JSON list`, { cause });
  }
  if (list === null) throw new SpecError(`${file}: must be a list of texts, such as ["turn on", "the light"]`);
  return list;
}
