import { fileOf, filesOf } from "./folder.js";
import { readRecords } from "./journal.js";
import { type Failure, readLedger } from "./ledger.js";
import { type BatchTask, type PlanFile, type PlannedId, readPlan } from "./plan_file.js";
import { type Recorded, readRecorded } from "./recorded.js";

/** Where a result stands. */
export interface Place extends Recorded {
  readonly path: string;
}

/** A conversation with a result. */
export interface Found {
  readonly id: string;
  readonly key: string;
  /** The first by time, then those that were recorded again. */
  readonly places: readonly Place[];
}

/** What a batch's folder holds of the manifest that it was last asked. */
export interface Merge {
  readonly task: BatchTask;
  /** In the manifest's order. */
  readonly found: readonly Found[];
  /** Conversations without a result, with why where that is known. */
  readonly missing: readonly (PlannedId & { readonly failure: Failure | null })[];
  /** Conversations of shards that never started: they are not known by name. */
  readonly unplanned: number;
  /** Results of conversations that the manifest does not have (any more). */
  readonly others: number;
}

/** Looks through a folder; results themselves are not read. @throws the system's error. */
export async function readMerge(folder: string): Promise<Merge> {
  const plans = await lastPlans(folder);
  const recorded = await readPlaces(folder);
  const { failures } = await readLedger(folder);
  const conversations = conversationsOf(plans);
  const found: Found[] = [];
  const missing: (PlannedId & { readonly failure: Failure | null })[] = [];
  for (const one of conversations) {
    const places = recorded.get(one.key);
    if (places === undefined) missing.push({ ...one, failure: failures.get(one.key) ?? null });
    else found.push({ id: one.id, key: one.key, places });
  }
  const known = new Set(conversations.map(({ key }) => key));
  const total = plans[0]?.total ?? 0;
  const planned = new Set(plans.flatMap((plan) => plan.conversations.map(({ position }) => position))).size;
  return {
    task: plans[0]?.task ?? "explain",
    found,
    missing,
    unplanned: Math.max(0, total - planned),
    others: [...recorded.keys()].filter((key) => !known.has(key)).length,
  };
}

/** Plans of the manifest that the newest one is of. */
async function lastPlans(folder: string): Promise<readonly PlanFile[]> {
  const plans: PlanFile[] = [];
  for (const path of (await filesOf(folder, "plan")).values()) {
    const plan = await readPlan(path);
    if (plan !== null) plans.push(plan);
  }
  plans.sort((a, b) => (a.written < b.written ? 1 : -1));
  return plans.filter(({ manifest }) => manifest === plans[0]?.manifest);
}

/** Every conversation once: shards of different counts may have planned it, and one of one id and key is the same. The newest plan's word counts. */
function conversationsOf(plans: readonly PlanFile[]): readonly PlannedId[] {
  const byPosition = new Map<number, PlannedId>();
  for (const { conversations } of plans)
    for (const one of conversations) if (!byPosition.has(one.position)) byPosition.set(one.position, one);
  const seen = new Set<string>();
  return [...byPosition.values()]
    .sort((a, b) => a.position - b.position)
    .filter(({ id, key }) => {
      const name = `${key} ${id}`;
      return !seen.has(name) && seen.add(name) !== undefined;
    });
}

async function readPlaces(folder: string): Promise<ReadonlyMap<string, readonly Place[]>> {
  const places = new Map<string, (Place & { readonly started: string })[]>();
  for (const [writer, path] of await filesOf(folder, "results")) {
    const started = await startsOf(fileOf(folder, "attempts", writer));
    for await (const one of readRecorded(path)) {
      const place = { ...one, path, started: started.get(one.key) ?? "" };
      const list = places.get(one.key);
      if (list === undefined) places.set(one.key, [place]);
      else list.push(place);
    }
  }
  for (const list of places.values()) list.sort((a, b) => (a.started < b.started ? -1 : a.started > b.started ? 1 : 0));
  return places;
}

/** When each key was last started by a writer. */
async function startsOf(path: string): Promise<ReadonlyMap<string, string>> {
  const starts = new Map<string, string>();
  for await (const { key, started } of readRecords(path))
    if (typeof key === "string" && typeof started === "string") starts.set(key, started);
  return starts;
}
