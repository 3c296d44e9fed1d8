import { SpecError } from "../errors.js";
import type { ArrayDefinition, Env, Task } from "./arrays/array.js";
import { arrays } from "./arrays/registry.js";
import { checkShard, parseShard, type Shard, WHOLE } from "./shard.js";

/** A shard, and who said that it is this one. */
export interface FoundShard {
  readonly shard: Shard;
  /** In words; null where nobody did: it is the whole. */
  readonly from: string | null;
}

/**
 * Which part of the manifest is this process's.
 * @param asked `--shard`: `3/16` or `auto`. @default auto, which is the whole outside of an array
 * @param shards `--shards`
 * @throws SpecError where `auto` was asked for and no scheduler says anything, or what is said is no shard.
 */
export function findShard(asked: string | undefined, shards: number | null, env: Env): FoundShard {
  if (asked !== undefined && asked !== "auto") return { shard: parseShard(asked), from: `--shard ${asked}` };
  for (const array of arrays) {
    const task = array.read(env, shards);
    if (task !== null) return fromTask(array, task, shards);
  }
  if (asked === undefined && shards === null) return { shard: WHOLE, from: null };
  const names = arrays.map(({ title }) => title).join(", ");
  throw new SpecError(`--shard auto: no array job's variables are set (looked for those of ${names}); say --shard INDEX/COUNT`);
}

function fromTask({ title }: ArrayDefinition, { index, count, said }: Task, shards: number | null): FoundShard {
  const total = shards ?? count;
  const from = `${title} (${said})`;
  if (total === null) throw new SpecError(`${from}: does not say how many shards there are; say it with --shards N`);
  if (!Number.isInteger(index) || index < 0 || index >= total)
    throw new SpecError(
      `${from}: is no shard from 0 to ${total - 1}; where only a part of an array is run again, say --shards N of the whole`,
    );
  return { shard: checkShard({ index, count: total }, from), from };
}
