import { extname } from "node:path";
import { readAudioFile } from "../audio/files/read_file.js";
import { nameAudio } from "../audio/memory.js";
import type { Chat, ChatMessage, MessageContent } from "../chat/types.js";
import { ExplainError } from "../errors.js";
import type { RunOptions } from "../events.js";
import type { Result } from "../results/result_schema.js";
import type { ExplainRequest } from "../spec/request.js";
import type { MessageSpec } from "../spec/schema.js";
import { spokenWords, transcriptOf } from "../text/transcript.js";
import { wordsOf } from "../text/words.js";
import { append } from "../util/arrays.js";
import { sha256 } from "../util/sha256.js";

/** Messages with the content of their audio files. */
export interface ReadMessages {
  readonly messages: readonly ChatMessage[];
  /** In order of use. */
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
  /** Who says each word of the transcripts that are aligned, in order; null where a transcript names nobody. */
  readonly speakers: readonly (string | null)[];
}

/** @throws AudioError naming a file that cannot be read. */
export async function readMessages(
  specs: readonly MessageSpec[],
  { spec, paths }: Pick<ExplainRequest, "spec" | "paths">,
  { onEvent }: RunOptions,
): Promise<ReadMessages> {
  const { audio } = spec.explain.players;
  const aligned = audio === "auto" || audio === "word";
  const files: { path: string; sha256: string }[] = [];
  const messages: ChatMessage[] = [];
  const speakers: (string | null)[] = [];
  // A file that is named again comes as the same bytes.
  const hashes = new Map<Uint8Array, string>();
  const hash = (bytes: Uint8Array): string => {
    const digest = sha256(bytes);
    hashes.set(bytes, digest);
    return digest;
  };
  for (const { role, content } of specs) {
    const parts: MessageContent[] = [];
    for (const part of content) {
      if (part.type === "text") {
        parts.push({ kind: "text", text: part.text });
        continue;
      }
      const path = paths.audio.get(part.path) ?? part.path;
      const bytes = paths.sounds.get(part.path) ?? (await readAudioFile(path));
      nameAudio(bytes, part.path);
      files.push({ path: part.path, sha256: hashes.get(bytes) ?? hash(bytes) });
      if (part.transcript !== null && !aligned)
        onEvent?.({ kind: "log", message: `${part.path}: its transcript is not used, as players.audio is ${audio}` });
      const format = extname(path).slice(1).toLowerCase();
      const said = aligned && part.transcript !== null ? saidIn(part.transcript) : null;
      append(speakers, said?.speakers ?? []);
      parts.push({ kind: "audio", name: part.path, bytes, format, transcript: said?.transcript ?? null });
    }
    messages.push({ role, content: parts });
  }
  return { messages, files, speakers };
}

/** A transcript as it is aligned: without what subtitles and TextGrids hold besides. */
function saidIn(transcript: string | readonly string[]): {
  readonly transcript: string | readonly string[];
  readonly speakers: readonly (string | null)[];
} {
  if (typeof transcript !== "string") return { transcript, speakers: transcript.map(() => null) };
  const spoken = spokenWords(transcript);
  if (spoken !== null) return { transcript: spoken.words, speakers: spoken.speakers };
  const text = transcriptOf(transcript);
  return { transcript: text, speakers: wordsOf(text).map(() => null) };
}

/** The result's record of what was heard. @throws ExplainError where the chat did not hear each file once. */
export function inputsOf(chat: Chat, files: ReadMessages["files"]): Result["inputs"] {
  const heard = chat.audioInputs ?? [];
  if (heard.length !== files.length) throw new ExplainError(`${files.length} audio files were given, and ${heard.length} heard`);
  return files.map((file, i) => ({ ...file, ...(heard[i] as (typeof heard)[number]) }));
}
