import { type FileHandle, open, rm, stat } from "node:fs/promises";
import type { Result } from "../results/result_schema.js";
import { render } from "../views/format.js";
import { jsonl } from "../views/result/jsonl.js";
import { whyUnwritable } from "./files.js";
import type { Output } from "./outputs.js";

/** Results that are finished while the document that is to hold them all is not. */
export interface Unfinished {
  keep(result: Result): Promise<void>;
  /** @param delivered the document is there, so that nothing else needs to be. */
  close(delivered: boolean): Promise<void>;
}

/**
 * Some documents, such as JSON and HTML, can be written only when their last item is there. What is finished until then lies beside the first of
 * them as JSON Lines, FILE.partial.jsonl, which `show` makes any document of: a process that is killed loses none.
 * @returns null where some file gets every result as it is finished anyway.
 */
export async function keepUnfinished(outputs: readonly Output<Result>[], say: (line: string) => void): Promise<Unfinished | null> {
  const files = outputs.flatMap(({ file, format }) => (file === null ? [] : [{ file, format }]));
  const late = files.find(({ format }) => format.atEnd === true);
  if (late === undefined || files.some(({ format }) => format.name === jsonl.name)) return null;
  const left = await leftOver(late.file);
  if (left !== null) say(`${left}: results of a run that was killed; mllm-shap show ${left} -o ${late.file} makes a document of them`);
  let kept: { readonly handle: FileHandle; readonly path: string } | null = null;
  return {
    async keep(result) {
      const line = await render(jsonl, [result]);
      try {
        kept ??= await openNew(late.file);
        await kept.handle.appendFile(line);
      } catch (cause) {
        // The run itself needs it only where it is killed.
        say(`warning: ${partial(late.file, 1)} cannot be written (${whyUnwritable(cause)}): a run that is killed loses what is finished`);
      }
    },
    async close(delivered) {
      if (kept === null) return;
      await kept.handle.close();
      if (delivered) await rm(kept.path, { force: true });
      else say(`mllm-shap: finished results are kept in ${kept.path}`);
    },
  };
}

const partial = (file: string, number: number): string => `${file}.partial${number === 1 ? "" : `-${number}`}.jsonl`;

/** What an earlier run did not come to finish; null where there is nothing. */
async function leftOver(file: string): Promise<string | null> {
  const path = partial(file, 1);
  return (await stat(path).catch(() => null)) === null ? null : path;
}

/** A file of its own, for another run may be at work, or have left one. */
async function openNew(file: string): Promise<{ readonly handle: FileHandle; readonly path: string }> {
  for (let number = 1; ; number++) {
    const path = partial(file, number);
    try {
      return { handle: await open(path, "wx"), path };
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    }
  }
}
