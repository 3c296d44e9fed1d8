import { MllmShapError, SpecError } from "../errors.js";
import { sha256 } from "../util/sha256.js";
import { idOfKey, keyOf, keyOfInvalid } from "./key.js";
import type { Line, Source } from "./manifests/manifest.js";
import { requestOfSource, type SourceOptions } from "./request.js";
import { belongsTo, type Shard } from "./shard.js";

/** A piece of a batch's work, by what its folder keeps account of. */
export interface Job {
  /** In the manifest, from 0. */
  readonly position: number;
  readonly id: string;
  readonly key: string;
  /** Where it stands, in messages. */
  readonly where: string;
}

/** A conversation of one's own shard. */
export interface Planned extends Job {
  readonly source: Source;
}

/** A line that is no spec. */
export interface Invalid extends Job {
  readonly error: MllmShapError;
}

export interface Plan<J extends Job = Planned> {
  /** Jobs of the whole manifest. */
  readonly total: number;
  /** Of the places of all jobs: tells one manifest from another. */
  readonly manifest: string;
  readonly planned: readonly J[];
  readonly invalid: readonly Invalid[];
  /** Ids of jobs that are the same work as an earlier one of the shard, and that earlier one's key. */
  readonly again: readonly Pick<Job, "position" | "id" | "key">[];
}

/**
 * Reads a manifest whole, and the specs of one shard.
 * @param onRead told how many specs were read, now and then.
 * @throws SpecError where the manifest cannot be read, or two conversations that are not the same have one id.
 */
export async function planBatch(
  lines: AsyncIterable<Line>,
  shard: Shard,
  options: SourceOptions,
  onRead: (specs: number) => void = () => undefined,
): Promise<Plan> {
  const planned: Planned[] = [];
  const invalid: Invalid[] = [];
  const again: Pick<Job, "position" | "id" | "key">[] = [];
  const byId = new Map<string, Pick<Planned, "key" | "where">>();
  const keys = new Set<string>();
  let total = 0;
  let places = "";
  for await (const line of lines) {
    const position = total++;
    places = sha256(`${places}\0${line.where}`);
    if (!belongsTo(shard, position)) continue;
    const one = await planLine(line, position, options);
    onRead(planned.length + invalid.length);
    if ("error" in one) invalid.push(one);
    else {
      const twin = byId.get(one.id);
      if (twin !== undefined && twin.key !== one.key)
        throw new SpecError(`${one.where}: has the id of ${twin.where}, ${JSON.stringify(one.id)}, and is another conversation`);
      byId.set(one.id, one);
      if (keys.has(one.key)) again.push({ position, id: one.id, key: one.key });
      else planned.push(one);
      keys.add(one.key);
    }
  }
  return { total, manifest: places, planned, invalid, again };
}

async function planLine({ where, open }: Line, position: number, options: SourceOptions): Promise<Planned | Invalid> {
  try {
    const { id, source } = await open();
    try {
      const key = await keyOf(await requestOfSource(source, where, options));
      return { position, id: id ?? idOfKey(key), key, where, source };
    } catch (error) {
      return invalidOf(error, { position, where, id, text: JSON.stringify(source) });
    }
  } catch (error) {
    return invalidOf(error, { position, where, id: null, text: where });
  }
}

/** What is wrong with a spec, or with a file that it names, is its own failure; anything else is the run's. */
function invalidOf(
  error: unknown,
  { position, where, id, text }: { position: number; where: string; id: string | null; text: string },
): Invalid {
  if (!(error instanceof MllmShapError)) throw error;
  const key = keyOfInvalid(`${text}\0${error.message}`);
  return { position, id: id ?? where, key, where, error };
}
