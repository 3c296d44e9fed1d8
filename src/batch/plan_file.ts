import writeFileAtomic from "write-file-atomic";
import { filesOf } from "./folder.js";
import { readRecords } from "./journal.js";
import type { Job, Plan } from "./plan.js";
import type { Shard } from "./shard.js";

/** A conversation as a plan's file has it. */
export type PlannedId = Pick<Job, "position" | "id" | "key">;

/** What a folder's results are: one folder holds one kind. */
export const TASKS = ["explain", "evaluate"] as const;
export type BatchTask = (typeof TASKS)[number];

/** What a shard was asked, as its file says it. */
export interface PlanFile {
  /** @default explain: files of earlier versions do not say */
  readonly task?: BatchTask;
  /** Tells one manifest from another. */
  readonly manifest: string;
  /** Conversations of all shards. */
  readonly total: number;
  readonly shard: Shard;
  /** When the run began that wrote it, ISO 8601. */
  readonly written: string;
  readonly conversations: readonly PlannedId[];
}

/** A first line about the manifest, and one for each conversation in its order; replaces what an earlier run asked. */
export async function writePlan(
  path: string,
  { manifest, total, planned, invalid, again }: Plan<Job>,
  { task, shard }: { readonly task: BatchTask; readonly shard: Shard },
): Promise<void> {
  const head = { task, manifest, total, shard, written: new Date().toISOString() };
  const conversations = [...planned, ...invalid, ...again].sort((a, b) => a.position - b.position);
  const lines = [head, ...conversations.map(({ position, id, key }) => ({ position, id, key }))].map((line) => `${JSON.stringify(line)}\n`);
  await writeFileAtomic(path, lines.join(""));
}

/** null where the file is none of ours. */
export async function readPlan(path: string): Promise<PlanFile | null> {
  let head: Omit<PlanFile, "conversations"> | null = null;
  const conversations: PlannedId[] = [];
  for await (const record of readRecords(path)) {
    if (head === null) head = record as unknown as Omit<PlanFile, "conversations">;
    else conversations.push(record as unknown as PlannedId);
  }
  return head === null || typeof head.manifest !== "string" ? null : { ...head, conversations };
}

/** What a folder's results are; null where nothing has been planned in it. */
export async function taskOf(folder: string): Promise<BatchTask | null> {
  for (const path of (await filesOf(folder, "plan")).values()) {
    const plan = await readPlan(path);
    if (plan !== null) return plan.task ?? "explain";
  }
  return null;
}
