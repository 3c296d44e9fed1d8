/** Variables of the environment. */
export type Env = Readonly<Record<string, string | undefined>>;

/** What an array job tells each of its tasks. */
export interface Task {
  /** Of this task among its array's, from 0 where the array counts from its own start. */
  readonly index: number;
  /** Tasks of the array; null where the scheduler does not tell: `--shards` has to. */
  readonly count: number | null;
  /** The variables that said so, as a person would look them up. */
  readonly said: string;
}

/** A scheduler's way of telling a task of an array which one it is. */
export interface ArrayDefinition<Name extends string = string> {
  readonly name: Name;
  /** The product's own name. */
  readonly title: string;
  /** @param shards of `--shards`: the number that the array had when it was whole, where only a part of it is run again. @returns null outside of an array. */
  read(env: Env, shards: number | null): Task | null;
}

/** The door that every scheduler comes in by: one file and one entry of `registry.ts`. */
export function defineArray<const Name extends string>(definition: ArrayDefinition<Name>): ArrayDefinition<Name> {
  return definition;
}

/** The whole number of a variable; null where it has none. */
export function numberOf(env: Env, name: string): number | null {
  const text = env[name];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
}

/** `NAME=value`, for each of the variables that is set. */
export function said(env: Env, ...names: readonly string[]): string {
  return names.flatMap((name) => (env[name] === undefined ? [] : [`${name}=${env[name]}`])).join(" ");
}

/** Arrays that count from 0 and say how many there are. */
export function countedArray(index: string, count: string): ArrayDefinition["read"] {
  return (env) => {
    const at = numberOf(env, index);
    return at === null ? null : { index: at, count: numberOf(env, count), said: said(env, index, count) };
  };
}
