import { realpath } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { SpecError } from "../errors.js";
import { servedName } from "../repos/ref.js";
import type { Recording } from "../results/recording.js";
import type { Result } from "../results/result_schema.js";
import type { ValuedGame } from "../results/valued_game.js";
import { applyOverrides, type Override } from "../spec/overrides.js";
import { type Fence, locateRepo } from "../spec/paths.js";
import { SpecSchema } from "../spec/schema.js";
import { RESCORED, type RescoreSettings, rescore } from "../tasks/rescore.js";
import { GAME_FORMATS } from "../views/game/formats.js";
import { FORMATS } from "../views/result/formats.js";
import { type Context, type VerbosityFlags, verbosityOf } from "./context.js";
import { type Delivery, openDelivery } from "./deliver.js";
import { discretion, OPEN } from "./discretion.js";
import { failureOf } from "./failure.js";
import { type FigureFlags, figureOf } from "./figure_options.js";
import { planOutputs } from "./outputs.js";
import { type PolicyFlags, policyOf } from "./policy.js";
import { type Presenting, presentable } from "./presentable.js";
import { createProgress, type ProgressFlags } from "./progress.js";
import { readArchiveFile } from "./read_text.js";
import { resourcesFor } from "./resources.js";

export interface RescoreFlags extends VerbosityFlags, PolicyFlags, FigureFlags, Presenting, ProgressFlags {
  readonly output?: readonly string[];
  readonly format?: string;
  readonly export?: string;
  readonly csvExcel?: boolean;
}

const NAMES: readonly string[] = RESCORED;

/** Whether a key of the spec may be changed of what was recorded. */
export const isRescored = ([section, key]: readonly string[]): boolean => section === "explain" && NAMES.includes(key ?? "");

/** Explains what an archive holds once more. @returns the exit code. */
export async function rescoreArchive(file: string, overrides: readonly Override[], flags: RescoreFlags, context: Context): Promise<number> {
  const figure = await figureOf(flags);
  const inputs = [file];
  const outputs = await planOutputs<Result>({
    formats: FORMATS,
    files: flags.output ?? [],
    format: flags.format,
    onTerminal: context.terminal.stdoutIsTerminal,
    inputs,
  });
  const game = flags.export === undefined ? null : await openExport(flags.export, [...inputs, ...(flags.output ?? [])], context);
  const { recording } = await readArchiveFile(file, context);
  const shown = flags.redact === true ? discretion() : OPEN;
  const spec = SpecSchema.safeParse(recording.spec.resolved);
  if (spec.success) shown.learn({ spec: spec.data });
  const progress = createProgress(context.terminal, verbosityOf(flags).loudness, { wording: shown.apply, style: flags.progress });
  const delivery = await openDelivery(outputs, context, { csvExcel: flags.csvExcel === true, figure });
  try {
    const result = await rescore(recording, settingsOf(recording, overrides), {
      ...resourcesFor(flags, context, progress.onEvent),
      payoffCommand: policyOf(flags, context.env).payoffCommand ?? undefined,
      locateEncoder: locating(file, overrides, flags, context),
      onGame: game === null ? undefined : (found) => game.write(flags.redact === true ? nameless(found) : found),
    });
    progress.end();
    await delivery.write(presentable(result, flags, context.cwd));
  } catch (error) {
    if (flags.redact !== true || context.interrupt.signal.aborted) throw error;
    const { message, exitCode } = failureOf(error);
    context.terminal.say(`mllm-shap: ${shown.apply(message)}`);
    return exitCode;
  } finally {
    progress.end();
    await delivery.close();
  }
  await game?.close();
  return 0;
}

/** The values of `explain` that flags change. @throws SpecError where one asks for what only the model could answer. */
function settingsOf({ spec }: Recording, overrides: readonly Override[]): RescoreSettings {
  const stray = overrides.find(({ path }) => !isRescored(path));
  if (stray !== undefined) {
    const keys = NAMES.map((name) => `explain.${name}`).join(", ");
    throw new SpecError(`${stray.label}: only the model could answer that anew; of an archive these may be changed: ${keys}`);
  }
  const changed = new Set(overrides.map(({ path }) => path[1]));
  const { explain } = applyOverrides(spec.resolved, overrides) as { readonly explain?: object };
  return Object.fromEntries(Object.entries(explain ?? {}).filter(([key]) => changed.has(key)));
}

/** An encoder that the person names may lie anywhere; one that the archive names lies beside it, or where flags permit. */
function locating(file: string, overrides: readonly Override[], flags: RescoreFlags, { cwd, env }: Context) {
  return async (repo: string): Promise<string> => {
    if (servedName(repo) !== null) return repo;
    const { allowOutside, trusted } = policyOf(flags, env);
    const own = overrides.some(({ path }) => path[1] === "payoff");
    const beside = await realpath(file === "-" ? cwd : dirname(resolve(cwd, file)));
    const fence: Fence = own ? { folder: cwd, allowOutside: true } : { folder: beside, allowOutside, trusted };
    const found = await locateRepo(repo, fence, own ? "here" : "beside the archive");
    if ("problem" in found) throw new SpecError(`the encoder ${JSON.stringify(repo)} ${found.problem}`);
    return found.name;
  };
}

const nameless = (game: ValuedGame): ValuedGame => ({ ...game, name: "", playerNames: null });

async function openExport(file: string, inputs: readonly string[], context: Context): Promise<Delivery<ValuedGame>> {
  const outputs = await planOutputs<ValuedGame>({
    formats: GAME_FORMATS,
    files: [file],
    format: undefined,
    onTerminal: false,
    inputs,
    flag: "--export",
  });
  return await openDelivery(outputs, context);
}
