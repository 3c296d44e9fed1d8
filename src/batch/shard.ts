import { SpecError } from "../errors.js";

/** One of `count` equal parts of a manifest. */
export interface Shard {
  /** From 0. */
  readonly index: number;
  readonly count: number;
}

/** The whole of it. */
export const WHOLE: Shard = { index: 0, count: 1 };

/** More than any scheduler's arrays have. */
const MOST_SHARDS = 1_000_000;

/** Every `count`-th conversation: neighbours, which tend to be alike in length, spread over the shards. @param position in the manifest, from 0. */
export function belongsTo({ index, count }: Shard, position: number): boolean {
  return position % count === index;
}

/** As file names say it: `3-of-16`. */
export function shardName({ index, count }: Shard): string {
  return `${index}-of-${count}`;
}

/** @param text such as `3/16`, counted from 0. @throws SpecError where it is none. */
export function parseShard(text: string): Shard {
  const [, index, count] = /^\s*(\d+)\s*\/\s*(\d+)\s*$/.exec(text) ?? [];
  if (index === undefined || count === undefined) throw new SpecError(`--shard ${text}: must be INDEX/COUNT, such as 3/16, or auto`);
  return checkShard({ index: Number(index), count: Number(count) }, `--shard ${text}`);
}

/** @throws SpecError where there is no such shard. @param what names it in the message. */
export function checkShard(shard: Shard, what: string): Shard {
  const { index, count } = shard;
  if (!Number.isInteger(count) || count < 1 || count > MOST_SHARDS)
    throw new SpecError(`${what}: there must be 1 to ${MOST_SHARDS} shards`);
  if (!Number.isInteger(index) || index < 0 || index >= count)
    throw new SpecError(`${what}: ${count} shards are counted from 0 to ${count - 1}`);
  return shard;
}
