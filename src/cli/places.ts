import { SpecError } from "../errors.js";
import type { AudioContent } from "../results/conversation_block.js";
import type { Result } from "../results/result_schema.js";
import { FORMATS } from "../views/result/formats.js";
import { type ArchiveOut, planArchive } from "./archive_out.js";
import { type AudioOut, planAudioOut } from "./audio_out.js";
import type { Context } from "./context.js";
import { makeRoom, planDestinations } from "./destinations.js";
import { fieldsOfFile, fillTemplates, isTemplate, type TemplateFields } from "./output_template.js";
import { type Output, refuseOverwriting } from "./outputs.js";
import { ffmpegOf } from "./policy.js";
import { planSound } from "./sound_outputs.js";
import { fileOf, type SpecSource } from "./typed_spec.js";

export interface PlaceFlags {
  readonly output?: readonly string[];
  readonly format?: string;
  readonly audioContent?: string;
  readonly audioOut?: string;
  readonly archive?: string;
  readonly redact?: boolean;
}

/** Where everything goes that specs give. */
export interface Places {
  readonly audioContent: AudioContent;
  /** Documents of all results. */
  readonly shared: readonly Output<Result>[];
  /**
   * What is written of one spec alone; folders of templates are made.
   * @param inputs files that are read, which nothing may replace.
   * @throws SpecError where it cannot be written.
   */
  open(index: number, inputs: readonly string[]): Promise<OwnPlaces>;
}

export interface OwnPlaces {
  /** Documents of its result. */
  readonly outputs: readonly Output<Result>[];
  readonly audioOut: AudioOut | undefined;
  readonly archive: ArchiveOut | undefined;
}

/** @throws SpecError before anything is computed where a name or a format is not clear, or two things would go to one file. */
export async function planPlaces(specs: readonly SpecSource[], flags: PlaceFlags, { terminal, cwd, env }: Context): Promise<Places> {
  const documents = specs.map((source) => fieldsOf(source, cwd));
  const plan = { formats: FORMATS, files: flags.output ?? [], format: flags.format, onTerminal: terminal.stdoutIsTerminal };
  const destinations = await planDestinations<Result>(plan, documents);
  const { shared: common, own } = destinations;
  const every = planSound([...common, ...documents.flatMap((_, i) => own(i))], flags.audioContent);
  const each = own(0).length;
  const shared = every.outputs.slice(0, common.length);
  const ofOne = (index: number) => every.outputs.slice(common.length + index * each, common.length + (index + 1) * each);
  const sounds = filesOf(flags.audioOut, documents, "--audio-out", "answer");
  const archives = filesOf(flags.archive, documents, "--archive", "run");
  return {
    audioContent: every.audioContent,
    shared,
    async open(index, inputs) {
      const outputs = ofOne(index);
      await refuseOverwriting([...shared, ...outputs], inputs);
      for (const { file } of outputs) if (file !== null) await makeRoom(file);
      const [sound, archive] = [sounds[index], archives[index]];
      if (sound !== undefined) await refuseOverwriting([{ file: sound }], inputs, "--audio-out");
      if (archive !== undefined) await refuseOverwriting([{ file: archive }], inputs, "--archive");
      if (sound !== undefined && isTemplate(flags.audioOut ?? "")) await makeRoom(sound, "--audio-out");
      if (archive !== undefined && isTemplate(flags.archive ?? "")) await makeRoom(archive, "--archive");
      return {
        outputs,
        audioOut: sound === undefined ? undefined : await planAudioOut(sound, ffmpegOf(env)),
        archive: archive === undefined ? undefined : await planArchive(archive, flags),
      };
    },
  };
}

function fieldsOf(source: SpecSource, cwd: string): TemplateFields {
  const file = fileOf(source);
  return file === null ? { ...fieldsOfFile("-", cwd), stem: "typed" } : fieldsOfFile(file, cwd);
}

/** The file of each document; none where the flag is not given. @throws SpecError where one file would hold several. */
function filesOf(file: string | undefined, documents: readonly TemplateFields[], flag: string, thing: string): readonly string[] {
  if (file === undefined) return [];
  if (isTemplate(file)) return fillTemplates([file], documents, flag).flat();
  if (documents.length <= 1) return [file];
  const one = flag === "--archive" ? "{stem}.mshap" : "{stem}.wav";
  throw new SpecError(
    `${flag} ${file}: one file holds one ${thing}; explain one spec at a time, or name files by a template such as ${one}`,
  );
}
