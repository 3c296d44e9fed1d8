import { SpecError } from "../errors.js";
import type { StoredResult } from "../results/player_rows.js";
import { readResults } from "../results/read_result.js";
import { readLineSpans } from "./journal.js";
import { readMerge } from "./merge.js";
import { readSpan } from "./recorded.js";

/** Results of many conversations, read one by one. */
export interface ResultSet {
  /** In order. */
  readonly ids: readonly string[];
  read(id: string): Promise<StoredResult>;
}

type Place = { readonly path: string; readonly offset: number; readonly length: number };

/** Results of a batch's folder, as a merge would give them. @throws SpecError where it holds evaluations. */
export async function folderSet(folder: string): Promise<ResultSet> {
  const { task, found } = await readMerge(folder);
  if (task !== "explain") throw new SpecError(`${folder}: holds evaluations, no results`);
  return setOf(new Map(found.flatMap(({ id, places: [place] }) => (place === undefined ? [] : [[id, place] as const]))));
}

/** Results of a JSON Lines file, which may be larger than memory. @throws SpecError where a line is no result. */
export async function linesSet(path: string): Promise<ResultSet> {
  const places = new Map<string, Place>();
  for await (const { offset, length } of readLineSpans(path, 1)) {
    const place = { path, offset, length };
    const result = await readAt(place);
    if (result !== null) places.set(idOf(result, places.size), place);
  }
  return setOf(places);
}

/** What conversations are matched by. @param position where a result has neither an id nor a spec of its own. */
export function idOf(result: StoredResult, position: number): string {
  return result.id ?? result.spec.path ?? `#${position}`;
}

function setOf(places: ReadonlyMap<string, Place>): ResultSet {
  return {
    ids: [...places.keys()],
    async read(id) {
      const place = places.get(id);
      const result = place === undefined ? null : await readAt(place);
      if (result === null) throw new SpecError(`there is no result of ${id}`);
      return result;
    },
  };
}

async function readAt(place: Place): Promise<StoredResult | null> {
  const line = await readSpan(place.path, place);
  return line.trim() === "" ? null : (readResults(line, place.path)[0] ?? null);
}
