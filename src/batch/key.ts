import { fileSha256 } from "../repos/local_files.js";
import { RESULT_FORMAT } from "../results/result_schema.js";
import type { ExplainRequest } from "../spec/request.js";
import { sha256 } from "../util/sha256.js";

/**
 * What a conversation's work is known by: SHA-256 of the format of results, the spec with every default filled in and its files replaced
 * by their contents, and whatever scores answers instead of it. Two conversations with one key are one piece of work. The model is as the
 * spec names it (`model`); how the work is done (`run`) changes no value and is left out.
 * @throws ConnectorError where a file cannot be read.
 */
export async function keyOf({ spec, paths, policy }: ExplainRequest): Promise<string> {
  const { run: _, ...asked } = spec;
  const hashes = new Map<string, string>();
  for (const [name, path] of paths.audio) hashes.set(name, await fileSha256(path));
  for (const [name, bytes] of paths.sounds) hashes.set(name, sha256(bytes));
  const messages = asked.messages?.map((message) => ({
    ...message,
    content: message.content.map((part) => (part.type === "audio" ? { ...part, path: hashes.get(part.path) } : part)),
  }));
  const template = paths.template === null ? asked.model.template : await fileSha256(paths.template);
  const model = { ...asked.model, template };
  return sha256(JSON.stringify([RESULT_FORMAT, { ...asked, model, messages }, policy.payoffCommand?.argv ?? null]));
}

/** The same for what is no valid spec: its failure is known by its text, so that it is looked at again once that is another. */
export function keyOfInvalid(text: string): string {
  return sha256(`invalid\0${text}`);
}

/** An id for a conversation that its manifest gives none. */
export function idOfKey(key: string): string {
  return key.slice(0, 16);
}
