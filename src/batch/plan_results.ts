import { EVALUATION_FORMAT } from "../results/evaluation.js";
import type { StoredResult } from "../results/player_rows.js";
import { sha256 } from "../util/sha256.js";
import type { Job, Plan } from "./plan.js";
import type { ResultSet } from "./result_set.js";
import { belongsTo, type Shard } from "./shard.js";

/**
 * What there is to evaluate of one shard of a set of results.
 * @param asked whatever else an evaluation depends on.
 * @param onRead told how many results were read.
 * @throws SpecError where one cannot be read.
 */
export async function planResults(
  set: Pick<ResultSet, "ids" | "read">,
  shard: Shard,
  asked: unknown,
  onRead: (results: number) => void = () => undefined,
): Promise<Plan<Job>> {
  const planned: Job[] = [];
  const again: Job[] = [];
  const keys = new Set<string>();
  let places = "";
  for (const [position, id] of set.ids.entries()) {
    places = sha256(`${places}\0${id}`);
    if (!belongsTo(shard, position)) continue;
    const job: Job = { position, id, key: evaluationKey(await set.read(id), asked), where: id };
    (keys.has(job.key) ? again : planned).push(job);
    keys.add(job.key);
    onRead(keys.size);
  }
  return { total: set.ids.length, manifest: places, planned, invalid: [], again };
}

/** What an evaluation is known by: the result but for what it is called and what it cost, and what is asked of it. */
export function evaluationKey({ id: _, key: __, run: ___, ...result }: StoredResult, asked: unknown): string {
  return sha256(JSON.stringify([EVALUATION_FORMAT, result, asked]));
}
