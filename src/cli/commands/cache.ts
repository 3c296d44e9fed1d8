import type { Command } from "commander";
import { SpecError } from "../../errors.js";
import { countEntries, type MemoFile, memoFiles, pruneMemo } from "../../memo/files.js";
import { parseSize } from "../../spec/size.js";
import type { Context } from "../context.js";
import { memoFolder } from "../memo.js";

export interface PruneFlags {
  readonly olderThan?: string;
  readonly maxSize?: string;
}

/** Adds `cache`, `cache prune` and `cache clear`. */
export function addCacheCommand(command: Command, context: Context, done: (code: number) => void): void {
  command
    .description("show what is remembered of models' answers, and where; it holds conversations' answers")
    .option("--json", "as JSON (the default where stdout is no terminal)")
    .action(async (flags: { readonly json?: boolean }) => done(await showCommand(flags, context)));
  command
    .command("prune")
    .description("forget what was not used lately")
    .option("--older-than <age>", "what was last used longer ago than 12h, 30d or 8w")
    .option("--max-size <size>", "then what is unused longest, until the rest fits: 512MiB, 1GiB")
    .action(async (flags: PruneFlags) => done(await pruneCommand(flags, context)));
  command
    .command("clear")
    .description("forget everything")
    .action(async () => done(await clearCommand(context)));
}

async function showCommand({ json }: { readonly json?: boolean }, { terminal, env }: Context): Promise<number> {
  const folder = memoFolder(env);
  const files = await memoFiles(folder);
  const summary = { folder, bytes: bytesOf(files), entries: await countEntries(files) };
  if (json === true || !terminal.stdoutIsTerminal) await terminal.print(`${JSON.stringify(summary, null, 2)}\n`);
  else await terminal.print(`folder   ${folder}\nsize     ${shown(summary.bytes)}\nentries  ${summary.entries.toLocaleString("en-US")}\n`);
  return 0;
}

async function pruneCommand({ olderThan, maxSize }: PruneFlags, { terminal, env }: Context): Promise<number> {
  if (olderThan === undefined && maxSize === undefined) throw new SpecError("cache prune needs --older-than AGE, --max-size SIZE or both");
  const removed = await pruneMemo(memoFolder(env), {
    usedSinceMs: olderThan === undefined ? null : Date.now() - ageMs(olderThan),
    maxBytes: maxSize === undefined ? null : sizeBytes(maxSize),
  });
  terminal.say(`removed ${shown(bytesOf(removed))}, ${shown(bytesOf(await memoFiles(memoFolder(env))))} are left`);
  return 0;
}

async function clearCommand({ terminal, env }: Context): Promise<number> {
  const removed = await pruneMemo(memoFolder(env), { usedSinceMs: Number.POSITIVE_INFINITY, maxBytes: null });
  terminal.say(`removed ${shown(bytesOf(removed))}`);
  return 0;
}

const UNITS_MS = { h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

function ageMs(text: string): number {
  const [, count, unit] = /^\s*(\d+(?:\.\d+)?)\s*([hdw])\s*$/.exec(text) ?? [];
  if (count === undefined) throw new SpecError(`--older-than ${text}: must be hours, days or weeks, such as 12h, 30d or 8w`);
  return Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS];
}

function sizeBytes(text: string): number {
  const bytes = parseSize(text);
  if (bytes === null) throw new SpecError(`--max-size ${text}: must be bytes, or a size such as 512MiB or 1GiB`);
  return bytes;
}

function bytesOf(files: readonly MemoFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

function shown(bytes: number): string {
  if (bytes < 2 ** 20) return `${(bytes / 2 ** 10).toFixed(1)} KiB`;
  return bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${(bytes / 2 ** 30).toFixed(2)} GiB`;
}
