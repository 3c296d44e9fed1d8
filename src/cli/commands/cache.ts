import { SpecError } from "../../errors.js";
import type { MemoFile } from "../../memo/files.js";
import { defineCommand } from "../command.js";
import { memoFolder } from "../memo_folder.js";
import { jsonOption } from "../options.js";
import { printFound } from "../print_found.js";

interface PruneFlags {
  readonly olderThan?: string;
  readonly maxSize?: string;
}

const prune = defineCommand<PruneFlags>({
  name: "prune",
  summary: "forget what was not used lately",
  options(command) {
    command
      .option("--older-than <age>", "what was last used longer ago than 12h, 30d or 8w")
      .option("--max-size <size>", "then what is unused longest, until the rest fits: 512MiB, 1GiB");
  },
  async run({ flags: { olderThan, maxSize } }, { terminal, env }) {
    if (olderThan === undefined && maxSize === undefined)
      throw new SpecError("cache prune needs --older-than AGE, --max-size SIZE or both");
    const { memoFiles, pruneMemo } = await import("../../memo/files.js");
    const removed = await pruneMemo(memoFolder(env), {
      usedSinceMs: olderThan === undefined ? null : Date.now() - ageMs(olderThan),
      maxBytes: maxSize === undefined ? null : await sizeBytes(maxSize),
    });
    terminal.say(`removed ${shown(bytesOf(removed))}, ${shown(bytesOf(await memoFiles(memoFolder(env))))} are left`);
    return 0;
  },
});

const clear = defineCommand({
  name: "clear",
  summary: "forget everything",
  async run(_, { terminal, env }) {
    const { pruneMemo } = await import("../../memo/files.js");
    const removed = await pruneMemo(memoFolder(env), { usedSinceMs: Number.POSITIVE_INFINITY, maxBytes: null });
    terminal.say(`removed ${shown(bytesOf(removed))}`);
    return 0;
  },
});

export const cache = defineCommand<{ readonly json?: boolean }>({
  name: "cache",
  summary: "show what is remembered of models' answers, and where; it holds conversations' answers",
  options(command) {
    command.addOption(jsonOption());
  },
  async run({ flags: { json } }, context) {
    const { countEntries, memoFiles } = await import("../../memo/files.js");
    const folder = memoFolder(context.env);
    const files = await memoFiles(folder);
    const toText = ({ bytes, entries }: { readonly bytes: number; readonly entries: number }): string =>
      `folder   ${folder}\nsize     ${shown(bytes)}\nentries  ${entries.toLocaleString("en-US")}\n`;
    await printFound({ folder, bytes: bytesOf(files), entries: await countEntries(files) }, toText, json, context);
    return 0;
  },
  commands: [prune, clear],
});

const UNITS_MS = { h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

function ageMs(text: string): number {
  const [, count, unit] = /^\s*(\d+(?:\.\d+)?)\s*([hdw])\s*$/.exec(text) ?? [];
  if (count === undefined) throw new SpecError(`--older-than ${text}: must be hours, days or weeks, such as 12h, 30d or 8w`);
  return Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS];
}

async function sizeBytes(text: string): Promise<number> {
  const { parseSize } = await import("../../spec/size.js");
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
