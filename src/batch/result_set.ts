import { SpecError } from "../errors.js";
import type { StoredResult } from "../results/player_rows.js";
import { readResults } from "../results/read_result.js";
import { readLineSpans } from "./journal.js";
import { readMerge } from "./merge.js";
import { readSpan } from "./recorded.js";
import { sameValues } from "./same_values.js";

/** Results of many conversations, read one by one. */
export interface ResultSet {
  /** In order, each once. */
  readonly ids: readonly string[];
  /** Of these, what was recorded again with other values: the first is taken. */
  readonly differing: readonly string[];
  read(id: string): Promise<StoredResult>;
}

/** A result that a set is put together of. */
export interface Entry {
  readonly id: string;
  /** The file or folder that it was found in, as it was given. */
  readonly where: string;
  read(): Promise<StoredResult>;
}

/** Results of a batch's folder, as a merge would give them. @throws SpecError where it holds evaluations. */
export async function folderEntries(folder: string, where: string): Promise<readonly Entry[]> {
  const { task, found } = await readMerge(folder);
  if (task !== "explain") throw new SpecError(`${where}: holds evaluations, no results`);
  return found.flatMap(({ id, places }) => places.map((place) => ({ id, where, read: () => readPlace(place, where) })));
}

/**
 * Results of a JSON Lines file, which may be larger than memory.
 * @param before how many results of the set come before it. @throws SpecError where a line is no result.
 */
export async function linesEntries(path: string, where: string, before: number): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for await (const { offset, length } of readLineSpans(path, 1)) {
    const place = { path, offset, length };
    const result = await readAt(place);
    if (result !== null) entries.push({ id: idOf(result, before + entries.length), where, read: () => readPlace(place, where) });
  }
  return entries;
}

/** Results that are in memory. @param before as of lines. */
export function heldEntries(results: readonly StoredResult[], where: string, before: number): readonly Entry[] {
  return results.map((result, i) => ({ id: idOf(result, before + i), where, read: async () => result }));
}

/** What conversations are matched by. @param position where a result has neither an id nor a spec of its own. */
function idOf(result: StoredResult, position: number): string {
  return result.id ?? result.spec.path ?? `#${position}`;
}

/** One set of all of them, each conversation once. @throws SpecError where two explanations that are not the same have one id. */
export async function joinEntries(entries: readonly Entry[]): Promise<ResultSet> {
  const byId = new Map<string, Entry>();
  const differing = new Set<string>();
  for (const entry of entries) {
    const twin = byId.get(entry.id);
    if (twin === undefined) byId.set(entry.id, entry);
    else if (!(await isSame(twin, entry))) differing.add(entry.id);
  }
  return {
    ids: [...byId.keys()],
    differing: [...differing],
    async read(id) {
      const entry = byId.get(id);
      if (entry === undefined) throw new SpecError(`there is no result of ${id}`);
      return await entry.read();
    },
  };
}

/** Whether both say the same of one piece of work. @throws SpecError where they are of two. */
async function isSame(first: Entry, second: Entry): Promise<boolean> {
  const [a, b] = [await first.read(), await second.read()];
  const other = otherWork(a, b);
  if (other !== null) {
    const id = JSON.stringify(second.id);
    const twice =
      first.where === second.where
        ? `holds ${id} twice, the second of ${other}`
        : `has the id of ${first.where}, ${id}, and is of ${other}`;
    throw new SpecError(`${second.where}: ${twice}; a set has one result of each (summarize --against compares two sets)`);
  }
  return sameValues(a, b);
}

/** In what two results are not of the same work, or null. */
function otherWork(a: StoredResult, b: StoredResult): string | null {
  const facts = [
    ["another conversation", a.spec.sha256 === b.spec.sha256],
    ["another model", a.model.repo === b.model.repo],
    ["another sampler", a.explainer.sampler === b.explainer.sampler],
    ["another payoff", a.explainer.payoff === b.explainer.payoff],
    ["another number of coalitions", a.explainer.coalitions === b.explainer.coalitions],
    ["other settings", a.key === undefined || b.key === undefined || a.key === b.key],
  ] as const;
  return facts.find(([, same]) => !same)?.[0] ?? null;
}

type Place = { readonly path: string; readonly offset: number; readonly length: number };

async function readPlace(place: Place, where: string): Promise<StoredResult> {
  const result = await readAt(place);
  if (result === null) throw new SpecError(`${where}: its result is gone`);
  return result;
}

async function readAt(place: Place): Promise<StoredResult | null> {
  const line = await readSpan(place.path, place);
  return line.trim() === "" ? null : (readResults(line, place.path)[0] ?? null);
}
