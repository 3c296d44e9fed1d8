import { type FileHandle, mkdtemp, open, rm, stat, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { basename, join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { MllmShapError } from "../errors.js";

type Part = string | Uint8Array;

/** A place that a document is written to, part by part. */
export interface DocumentSink {
  /**
   * Where a part cannot be written, it is kept elsewhere, and the later ones with it.
   * @throws MllmShapError, once, that says why, and where the content is now.
   */
  write(part: Part): Promise<void>;
  close(): Promise<void>;
}

/** Where parts go as long as that works. */
interface Place {
  /** As a message names it. */
  readonly name: string;
  /** What a file is called that holds it instead. */
  readonly rescueName: string;
  put(part: Part): Promise<void>;
  close(): Promise<void>;
}

/** The first part replaces the file whole or not at all, each later one is put behind it. */
export function fileSink(file: string): DocumentSink {
  return keepingSink(filePlace(file, false));
}

/** Standard output. @param ending of a file that holds what it does not take. */
export function stdoutSink(print: (part: Part) => Promise<void>, ending: string): DocumentSink {
  return keepingSink({
    name: "to standard output",
    rescueName: `stdout${ending}`,
    put: print,
    close: async () => undefined,
  });
}

function keepingSink(first: Place): DocumentSink {
  let place = first;
  return {
    close: () => place.close(),
    async write(part) {
      try {
        await place.put(part);
      } catch (cause) {
        await place.close().catch(() => undefined);
        const why = `cannot write ${place.name}: ${whyUnwritable(cause)}`;
        const rescue = await keep(place.rescueName, part);
        if (rescue === null) throw new MllmShapError(`${why}; and nowhere else either: make room and run again`, { cause });
        place = filePlace(rescue, true);
        throw new MllmShapError(`${why}; the result is kept in ${rescue}`, { cause });
      }
    },
  };
}

/** @param begun the file holds a part already. */
function filePlace(file: string, begun: boolean): Place {
  let handle: FileHandle | null = null;
  let goesOn = begun;
  return {
    name: file,
    rescueName: basename(file),
    async put(part) {
      const there = goesOn ? null : await stat(file).catch(() => null);
      // Renaming a finished file into place would replace a device or pipe instead of writing to it.
      if (!goesOn && (there === null || there.isFile())) {
        await writeFileAtomic(file, typeof part === "string" ? part : Buffer.from(part), "utf8");
      } else {
        handle ??= await open(file, goesOn ? "a" : "w");
        await handle.writeFile(part, "utf8");
      }
      goesOn = true;
    },
    async close() {
      const open = handle;
      handle = null;
      await open?.close();
    },
  };
}

/** Writes a file whole or not at all. @throws MllmShapError as `DocumentSink.write`. */
export async function writeOutput(file: string, content: Part): Promise<void> {
  const sink = fileSink(file);
  await sink.write(content);
  await sink.close();
}

/** In the first folder that takes it; null where none does. */
async function keep(name: string, content: Part): Promise<string | null> {
  for (const folder of [tmpdir(), process.cwd(), homedir()]) {
    const own = await mkdtemp(join(folder, "mllm-shap-")).catch(() => null);
    if (own === null) continue;
    try {
      const rescue = join(own, name);
      await writeFile(rescue, content, "utf8");
      return rescue;
    } catch {
      // A full disk takes an empty folder and no content.
      await rm(own, { recursive: true, force: true }).catch(() => undefined);
    }
  }
  return null;
}

/** The system's error in the user's words. */
export function whyUnwritable(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  if (code === "ENOSPC" || code === "EDQUOT") return "no space left";
  if (code === "EFBIG") return "the file would be larger than is allowed";
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") return "no permission to write there";
  if (code === "ENOENT" || code === "ENOTDIR") return "its folder is gone";
  if (code === "EISDIR") return "it is a folder";
  return code ?? String(cause);
}
