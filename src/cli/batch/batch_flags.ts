import { dirname, join, resolve } from "node:path";
import { readManifests } from "../../batch/manifest.js";
import type { Line, ManifestOptions, Template } from "../../batch/manifests/manifest.js";
import { SpecError } from "../../errors.js";
import type { AudioContent } from "../../results/conversation_block.js";
import type { Override } from "../../spec/overrides.js";
import { parseText } from "../../spec/parse.js";
import { readSpecFile } from "../../spec/read.js";
import type { Context, VerbosityFlags } from "../context.js";
import type { CostFlags } from "../cost_limit.js";
import { type PolicyFlags, policyOf } from "../policy.js";
import type { Presenting } from "../presentable.js";
import type { ProgressStyle } from "../progress.js";
import type { Settings } from "./task.js";
import { wholeNumber } from "./whole_number.js";

/** Of every command that explains conversations by worker processes. */
export interface WorkerFlags extends VerbosityFlags, PolicyFlags {
  readonly output?: string;
  readonly workers?: string;
  readonly devices?: string;
  readonly maxAttempts?: string;
  readonly queue?: string;
  readonly queueName?: string;
}

/** Of every command that works on a shard of something and keeps account of it in a folder. */
export interface ShardFlags extends WorkerFlags, Pick<Presenting, "redact"> {
  readonly shard?: string;
  readonly shards?: string;
  readonly takeOver?: boolean;
  readonly retryFailed?: boolean;
  readonly progress: ProgressStyle;
}

export interface BatchFlags extends ShardFlags, Presenting, CostFlags {
  readonly spec?: string;
  readonly archive?: boolean;
  readonly audioContent?: AudioContent;
}

/** Attempts that a conversation has, unless another number is asked for. */
export const MAX_ATTEMPTS = 3;

/** Worth running again: EX_TEMPFAIL of sysexits.h. */
export const TRY_AGAIN = 75;
const MOST_WORKERS = 1_024;

export function workersOf({ workers }: Pick<WorkerFlags, "workers">): number {
  return wholeNumber("--workers", workers, 1, MOST_WORKERS) ?? 1;
}

export function attemptsOf({ maxAttempts }: Pick<WorkerFlags, "maxAttempts">): number {
  return wholeNumber("--max-attempts", maxAttempts, 1, 1_000) ?? MAX_ATTEMPTS;
}

/** The folder of `-o`, absolute. @throws SpecError where it is not given. */
export function folderOf({ output }: Pick<WorkerFlags, "output">, { cwd }: Pick<Context, "cwd">): string {
  if (output === undefined || output === "-") throw new SpecError("a batch needs -o FOLDER, which keeps its results");
  return resolve(cwd, output);
}

export function settingsOf(
  flags: BatchFlags & { readonly devices?: string },
  overrides: readonly Override[],
  { cwd, env }: Context,
): Settings {
  const { run, redact, fullPaths, audioContent = "segments" } = flags;
  return {
    ...(run === undefined ? {} : { run }),
    ...(redact === undefined ? {} : { redact }),
    ...(fullPaths === undefined ? {} : { fullPaths }),
    overrides,
    policy: policyOf(flags, env),
    audioContent,
    cwd,
    devices: devicesOf(flags.devices),
    archives: archivesOf(flags, cwd),
  };
}

/** @throws SpecError where archives would hold texts that are to be left out. */
function archivesOf(flags: BatchFlags, cwd: string): string | null {
  if (flags.archive !== true) return null;
  if (flags.redact === true)
    throw new SpecError("--archive: an archive holds the conversation and every answer, so it goes without --redact");
  return folderOf(flags, { cwd });
}

/** @param text of `--devices`, such as `0,1`. */
export function devicesOf(text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  const devices = text.split(",").map((device) => device.trim());
  if (devices.every((device) => /^[\w-]+$/.test(device))) return devices;
  throw new SpecError(`--devices ${text}: must be devices as CUDA counts or names them, such as 0,1`);
}

/** The conversations of the manifests that were named. */
export async function linesOf(manifests: readonly string[], flags: BatchFlags, context: Context): Promise<AsyncIterable<Line>> {
  const { cwd, stdin } = context;
  if (manifests.filter((path) => path === "-").length > 1) throw new SpecError("-: standard input is read once");
  const options: ManifestOptions = {
    cwd,
    stdin,
    template: flags.spec === undefined ? null : await readTemplate(flags.spec, cwd),
    inputs: join(folderOf(flags, context), "inputs"),
    allowOutside: flags.allowOutside === true,
  };
  return readManifests(manifests, options);
}

async function readTemplate(path: string, cwd: string): Promise<Template> {
  const { data, fail } = parseText(await readSpecFile(path, cwd));
  if (typeof data !== "object" || data === null || Array.isArray(data))
    throw fail([], "value", "a template is a spec, with {{column}} for a row's values");
  return { path, data, folder: dirname(resolve(cwd, path)) };
}
