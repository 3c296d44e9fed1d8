import { readdir } from "node:fs/promises";
import { join } from "node:path";

/*
 * A batch's folder. One file a shard and kind, since a file a conversation is bad on cluster file systems; each has one writer, so that
 * nothing needs to be locked but the shard itself.
 */

/** What a shard writes. */
export const KINDS = ["plan", "results", "attempts", "failures"] as const;
export type Kind = (typeof KINDS)[number];

/** @param writer who writes it: a shard's name such as `3-of-16`, or a worker's. */
export function fileOf(folder: string, kind: Kind, writer: string): string {
  return join(folder, `${kind}-${writer}.jsonl`);
}

/** Every writer's file of that kind, by writer, in the order of names. */
export async function filesOf(folder: string, kind: Kind): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const own = names.filter((name) => name.startsWith(`${kind}-`) && name.endsWith(".jsonl")).sort();
  return new Map(own.map((name) => [name.slice(kind.length + 1, -".jsonl".length), join(folder, name)]));
}

/** Where a conversation's archive is: hundreds of folders, as thousands of files in one are slow on cluster file systems. */
export const archiveFile = (folder: string, key: string): string => join(folder, "archives", key.slice(0, 2), `${key}.mshap`);

export const lockFile = (folder: string, writer: string): string => join(folder, `lock-${writer}`);
export const progressFile = (folder: string, writer: string): string => join(folder, `progress-${writer}.json`);
