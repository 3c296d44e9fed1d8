import { createReadStream } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { SpecError } from "../../errors.js";
import { firstExcess } from "../../spec/excess.js";
import { LIMITS } from "../../spec/limits.js";
import { setAside } from "../../spec/long_strings.js";
import { locateFile } from "../../spec/paths.js";
import { isTooLong, whyUnreadable } from "../../spec/read.js";
import { reasonOf } from "../../util/errors.js";
import { checkId } from "../id.js";
import { defineManifest, endsWith, type Line, type ManifestOptions, type Opened } from "./manifest.js";

/** Lines of standard input or of a file: each a spec as JSON, `{"spec": "path.yaml"}`, or a spec's path. */
export const lines = defineManifest({
  name: "lines",
  summary: 'a .jsonl file, or - for standard input: each line a spec, {"id", "spec": "path.yaml"}, or a spec\'s path',
  recognises: (path) => path === "-" || endsWith(path, [".jsonl", ".ndjson", ".txt", ".lst"]),
  read: readLines,
});

async function* readLines(path: string, options: ManifestOptions): AsyncIterable<Line> {
  const name = path === "-" ? "stdin" : path;
  const folder = path === "-" ? options.cwd : dirname(resolve(options.cwd, path));
  const input = path === "-" ? options.stdin : createReadStream(resolve(options.cwd, path));
  let number = 0;
  for await (const text of textLines(input, name)) {
    number++;
    if (text.trim() !== "") yield lineOf(text.trim(), { name, number, folder, options });
  }
}

/** Lines of UTF-8, without a byte order mark. @throws SpecError where it cannot be read, or a line is no spec's. */
async function* textLines(input: AsyncIterable<unknown>, name: string): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  // Pieces of the line that is not over: joined once, since a line with sound in it comes in a thousand of them.
  let pieces: string[] = [];
  let size = 0;
  try {
    for await (const chunk of input) {
      const [first = "", ...later] = decoder.decode(Buffer.from(chunk as Uint8Array), { stream: true }).split("\n");
      pieces.push(first);
      size += first.length;
      if (size > LIMITS.fileBytesWithSound) throw new SpecError(`${name}: a line is longer than a spec may be`);
      const last = later.pop();
      if (last === undefined) continue;
      yield pieces.join("");
      yield* later;
      pieces = [last];
      size = last.length;
    }
  } catch (cause) {
    throw cause instanceof SpecError ? cause : new SpecError(`${name}: ${whyUnreadable(cause)}`, { cause });
  }
  yield pieces.join("") + decoder.decode();
}

interface Place {
  readonly name: string;
  readonly number: number;
  readonly folder: string;
  readonly options: ManifestOptions;
}

function lineOf(text: string, place: Place): Line {
  return { where: `${place.name}:${place.number}`, open: () => open(text, place) };
}

async function open(text: string, place: Place): Promise<Opened> {
  if (!/^[{[]/.test(text)) return { id: null, source: await fileAt(text, place) };
  const data = parse(text, place);
  // A list is taken for a chat as programs store it: its messages.
  if (Array.isArray(data)) return { id: null, source: { kind: "inline", json: JSON.stringify({ messages: data }), folder: place.folder } };
  const { id = null, spec, ...rest } = data as Readonly<Record<string, unknown>>;
  const checked = id === null ? null : checkId(id, (why) => fail(place, why));
  if (spec === undefined) return { id: checked, source: { kind: "inline", json: JSON.stringify(rest), folder: place.folder } };
  if (typeof spec !== "string") throw fail(place, '"spec" must be the path of a spec; a spec itself stands in the line as it is');
  if (Object.keys(rest).length > 0)
    throw fail(place, `"spec" stands beside ${Object.keys(rest).join(", ")}: a line is a spec or names one`);
  return { id: checked, source: await fileAt(spec, place) };
}

/** A manifest may be a stranger's: what it names lies below it, unless the user allows more. */
async function fileAt(path: string, place: Place) {
  const { allowOutside, cwd } = place.options;
  const found = await locateFile(path, { folder: place.folder, allowOutside });
  if ("problem" in found) throw fail(place, `${path}: ${found.problem}`);
  const way = relative(cwd, join(place.folder, path));
  return { kind: "file" as const, path: way.startsWith("..") ? found.path : way };
}

function parse(text: string, place: Place): object {
  if (isTooLong(text)) throw fail(place, "the line is longer than a spec may be");
  const excess = firstExcess(setAside(text).text, LIMITS);
  if (excess !== null) throw fail(place, excess.message);
  try {
    return JSON.parse(text) as object;
  } catch (cause) {
    throw new SpecError(`${place.name}:${place.number}: not JSON: ${reasonOf(cause).replace(/\s+/g, " ")}`, { cause });
  }
}

function fail({ name, number }: Place, why: string): SpecError {
  return new SpecError(why, { position: { file: name, line: number } });
}
