import { resolve } from "node:path";
import { SpecError } from "../errors.js";
import { packArchive } from "../results/archive.js";
import type { Recording } from "../results/recording.js";
import type { Result } from "../results/result_schema.js";
import { withoutSound } from "../results/sound.js";
import { writeOutput } from "./files.js";
import { refuseUnwritable } from "./outputs.js";

/** Where a run goes with all that its model answered. */
export interface ArchiveOut {
  /** To be told of the run's recording. */
  readonly keep: (recording: Recording) => void;
  /** Writes what was kept. @param result as it is shown. */
  readonly write: (result: Result) => Promise<void>;
}

interface ArchiveFlags {
  readonly redact?: boolean;
  readonly output?: readonly string[];
}

/**
 * What `--archive FILE` asks for.
 * @throws SpecError before anything is computed where the file cannot be written, or would hold texts that are to be left out.
 */
export async function planArchive(file: string, { redact, output = [] }: ArchiveFlags): Promise<ArchiveOut> {
  if (redact === true)
    throw new SpecError(`--archive ${file}: an archive holds the conversation and every answer, so it goes without --redact`);
  if (output.some((other) => resolve(other) === resolve(file))) throw new SpecError(`--archive ${file}: is an output (-o) too`);
  await refuseUnwritable(file, "--archive");
  let kept: Recording | null = null;
  return {
    keep: (recording) => {
      kept = recording;
    },
    async write(result) {
      const recording = kept as Recording | null;
      if (recording === null) return;
      await writeOutput(file, await archiveOf(result, recording));
    },
  };
}

/** @param result as it is shown, whose path the archive names. */
export async function archiveOf(result: Result, recording: Recording): Promise<Uint8Array> {
  const { path } = result.spec;
  return await packArchive({ result: withoutSound(result), recording: { ...recording, spec: { ...recording.spec, path } } });
}
