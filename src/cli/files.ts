import { type FileHandle, mkdtemp, open, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { MllmShapError } from "../errors.js";

/** A file that a document is written to, part by part. */
export interface FileSink {
  /**
   * The first part replaces the file whole or not at all, each later one is put behind it. Where a part cannot be written, it is kept
   * elsewhere, and the later ones with it.
   * @throws MllmShapError, once, that says why, and where the content is now.
   */
  write(part: string | Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export function fileSink(file: string): FileSink {
  let place = file;
  let handle: FileHandle | null = null;
  let begun = false;
  const put = async (part: string | Uint8Array): Promise<void> => {
    const there = begun ? null : await stat(place).catch(() => null);
    // Renaming a finished file into place would replace a device or pipe instead of writing to it.
    if (!begun && (there === null || there.isFile())) {
      await writeFileAtomic(place, typeof part === "string" ? part : Buffer.from(part), "utf8");
    } else {
      handle ??= await open(place, begun ? "a" : "w");
      await handle.writeFile(part, "utf8");
    }
    begun = true;
  };
  const close = async (): Promise<void> => {
    const open = handle;
    handle = null;
    await open?.close();
  };
  return {
    close,
    async write(part) {
      try {
        await put(part);
      } catch (cause) {
        await close().catch(() => undefined);
        const why = `cannot write ${place}: ${whyUnwritable(cause)}`;
        const rescue = await keep(place, part);
        if (rescue === null) throw new MllmShapError(`${why}; and nowhere else either: make room and run again`, { cause });
        place = rescue;
        begun = true;
        throw new MllmShapError(`${why}; the result is kept in ${rescue}`, { cause });
      }
    },
  };
}

/** Writes a file whole or not at all. @throws MllmShapError as `FileSink.write`. */
export async function writeOutput(file: string, content: string | Uint8Array): Promise<void> {
  const sink = fileSink(file);
  await sink.write(content);
  await sink.close();
}

/** null where it cannot be kept. */
async function keep(file: string, content: string | Uint8Array): Promise<string | null> {
  try {
    const rescue = join(await mkdtemp(join(tmpdir(), "mllm-shap-")), basename(file));
    await writeFile(rescue, content, "utf8");
    return rescue;
  } catch {
    return null;
  }
}

function whyUnwritable(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  if (code === "ENOSPC" || code === "EDQUOT") return "no space left";
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") return "no permission to write there";
  if (code === "ENOENT" || code === "ENOTDIR") return "its folder is gone";
  if (code === "EISDIR") return "it is a folder";
  return code ?? String(cause);
}
