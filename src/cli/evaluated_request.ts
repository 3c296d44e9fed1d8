import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { SpecError } from "../errors.js";
import type { Result } from "../results/result_schema.js";
import type { RequestOptions } from "../spec/load.js";
import { flagOverride, type Override } from "../spec/overrides.js";
import type { ExplainRequest } from "../spec/request.js";
import { requestOfResult } from "../tasks/evaluate.js";

/** Where a result's spec and model are now, and what else it is evaluated by. */
export interface WhereFlags {
  readonly folder?: string;
  readonly repo?: string;
  readonly device?: string;
  readonly payoff?: string;
}

/** The folder that specs' paths start from. @param own absolute, where `--folder` says nothing. @throws SpecError where there is none. */
export async function specFolderOf({ folder: said }: Pick<WhereFlags, "folder">, own: string, cwd: string): Promise<string> {
  const folder = said === undefined ? own : resolve(cwd, said);
  if ((await stat(folder).catch(() => null))?.isDirectory() === true) return folder;
  throw new SpecError(`there is no folder ${folder}, from which the spec's paths start: say where it is now with --folder`);
}

/** What flags put into the spec. */
export function evaluatedOverrides(flags: WhereFlags): readonly Override[] {
  const model = (["repo", "device"] as const).flatMap((key) => {
    const value = flags[key];
    return value === undefined ? [] : [flagOverride(["model", key], `--${key}`, value)];
  });
  return flags.payoff === undefined ? model : [...model, flagOverride(["explain", "payoff"], "--payoff", flags.payoff)];
}

/**
 * The request that a result came from, as it is asked now.
 * @param folder absolute. @param said whether `--folder` said so.
 * @throws SpecError
 */
export async function evaluatedRequest(result: Result, folder: string, options: RequestOptions, said: boolean): Promise<ExplainRequest> {
  try {
    return await requestOfResult(result, folder, options);
  } catch (cause) {
    if (!(cause instanceof SpecError) || said) throw cause;
    throw new SpecError(`${cause.message} (the spec's paths start from ${folder}: --folder names another)`, { cause });
  }
}
