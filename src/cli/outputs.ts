import { constants } from "node:fs";
import { access, mkdtemp, realpath, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { MllmShapError, SpecError } from "../errors.js";
import { FORMATS, type FormatName, formatOfFile } from "../views/formats.js";

/** One place that results go to. */
export interface Output {
  /** null is stdout. */
  readonly file: string | null;
  readonly format: FormatName;
}

/**
 * Where results go and how they look there: each `-o` in the format of its ending, stdout where there is none (or for `-o -`).
 * @throws SpecError before anything is computed where a file cannot be written or its format is not clear.
 */
export async function planOutputs(
  files: readonly string[],
  format: string | undefined,
  stdoutFormat: FormatName,
): Promise<readonly Output[]> {
  const asked = checkFormat(format);
  if (files.length === 0) return [{ file: null, format: asked ?? stdoutFormat }];
  const outputs: Output[] = [];
  for (const file of files) {
    if (file === "-") outputs.push({ file: null, format: asked ?? stdoutFormat });
    else outputs.push({ file, format: formatOf(file, asked) });
    if (file !== "-") await refuseUnwritable(file);
  }
  refuseTwice(outputs);
  return outputs;
}

function checkFormat(format: string | undefined): FormatName | null {
  if (format === undefined) return null;
  if (Object.hasOwn(FORMATS, format)) return format as FormatName;
  throw new SpecError(`--format ${format}: must be one of ${Object.keys(FORMATS).join(", ")}; for several formats give -o several times`);
}

function formatOf(file: string, asked: FormatName | null): FormatName {
  const byEnding = formatOfFile(file);
  if (byEnding !== null && asked !== null && byEnding !== asked)
    throw new SpecError(`-o ${file}: its ending says ${byEnding} and --format says ${asked}; one file has one format`);
  const format = asked ?? byEnding;
  if (format !== null) return format;
  const endings = Object.values(FORMATS).flatMap(({ endings }) => endings);
  throw new SpecError(`-o ${file}: its ending names no format; use ${endings.join(", ")}, or say --format`);
}

/** @throws SpecError where a file cannot be written, before anything is computed. */
export async function refuseUnwritable(file: string, flag = "-o"): Promise<void> {
  const fail = (why: string, cause?: unknown) => new SpecError(`${flag} ${file}: ${why}`, { cause });
  const there = await stat(file).catch(() => null);
  if (there?.isDirectory() === true) throw fail("is a folder; give a file");
  const folder = dirname(resolve(file));
  const parent = await stat(folder).catch(() => null);
  if (parent === null || !parent.isDirectory()) throw fail(`there is no folder ${folder}; make it first`);
  try {
    // A device or pipe is written as it is; a file is replaced, which its folder must permit.
    await access(there === null || there.isFile() ? folder : file, constants.W_OK);
    if (there?.isFile() === true) await access(file, constants.W_OK);
  } catch (cause) {
    throw fail("no permission to write there", cause);
  }
}

function refuseTwice(outputs: readonly Output[]): void {
  const places = outputs.map(({ file }) => (file === null ? "-" : resolve(file)));
  const twice = places.findIndex((place, i) => places.indexOf(place) !== i);
  if (twice >= 0) throw new SpecError(`-o ${outputs[twice]?.file ?? "-"}: stands twice; one file has one format`);
}

/** @throws SpecError where an output would replace one of the run's own inputs. */
export async function refuseOverwriting(
  outputs: readonly (Pick<Output, "file"> & Partial<Output>)[],
  inputs: readonly string[],
  flag = "-o",
): Promise<void> {
  const taken = new Set(await Promise.all(inputs.map((path) => realpath(path).catch(() => resolve(path)))));
  for (const { file } of outputs) {
    if (file === null) continue;
    const real = await realpath(file).catch(() => resolve(file));
    if (taken.has(real)) throw new SpecError(`${flag} ${file}: is an input of this run and would be overwritten`);
  }
}

/**
 * Writes a file whole or not at all. Where that fails, its content is kept elsewhere.
 * @throws MllmShapError that says why, and where the content is now.
 */
export async function writeOutput(file: string, content: string | Uint8Array): Promise<void> {
  try {
    const there = await stat(file).catch(() => null);
    // Renaming a finished file into place would replace a device or pipe instead of writing to it.
    if (there === null || there.isFile()) await writeFileAtomic(file, typeof content === "string" ? content : Buffer.from(content), "utf8");
    else await writeFile(file, content, "utf8");
  } catch (cause) {
    throw new MllmShapError(`cannot write ${file}: ${whyUnwritable(cause)}; ${await keep(file, content)}`, { cause });
  }
}

async function keep(file: string, content: string | Uint8Array): Promise<string> {
  try {
    const rescue = join(await mkdtemp(join(tmpdir(), "mllm-shap-")), basename(file));
    await writeFile(rescue, content, "utf8");
    return `the result is kept in ${rescue}`;
  } catch {
    return "and nowhere else either: make room and run again";
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
