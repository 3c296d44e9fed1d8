import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { align } from "../../align.js";
import { readAudioFile } from "../../audio/read_file.js";
import type { BoundaryRule } from "../../connectors/aligner/phases.js";
import { SpecError } from "../../errors.js";
import type { Alignment } from "../../report/alignment/alignment.js";
import { ALIGNMENT_FORMATS, type AlignmentFormatName, alignmentFormatOf } from "../../report/alignment/formats.js";
import { transcriptOf } from "../../text/transcript.js";
import { type Context, type MannerFlags, mannersOf } from "../context.js";
import { refuseOverwriting, refuseUnwritable, writeOutput } from "../outputs.js";
import { ffmpegOf, type PolicyFlags, policyOf, tokenOf } from "../policy.js";
import { createProgress } from "../progress.js";
import { readText } from "../read_text.js";

export interface AlignFlags extends MannerFlags, PolicyFlags {
  readonly transcript?: string;
  readonly transcriptFile?: string;
  readonly words?: string;
  readonly output?: readonly string[];
  readonly format?: AlignmentFormatName;
  readonly model: string;
  readonly rule: BoundaryRule;
}

/** Flags of `align`; manners and permissions are added by the program. */
export function alignOptions(command: Command): Command {
  return command
    .argument("<audio>", "an audio file of any common format")
    .option("--transcript <text>", "what is said; its words are the units")
    .option("--transcript-file <file>", "the same from a file; - reads standard input")
    .option("--words <file>", "the units themselves: one a line, or a JSON list of texts")
    .addOption(
      new Option(
        "-o, --output <file>",
        "write to a file, in the format of its ending (.json .csv .TextGrid .srt .vtt .txt .svg); - is stdout (repeatable)",
      ).argParser((value, before: string[] = []) => [...before, value]),
    )
    .addOption(new Option("--format <name>", "default: text on a terminal, json otherwise").choices(Object.keys(ALIGNMENT_FORMATS)))
    .option(
      "--model <repo>",
      "acoustic model: embedded:NAME, a folder, or a hub id of a wav2vec2-style CTC model in ONNX",
      "embedded:nano-ctc",
    )
    .addOption(new Option("--rule <name>", "how word edges are found").choices(["pauses", "spectrogram", "none"]).default("pauses"))
    .addHelpText("after", EXAMPLES);
}

const EXAMPLES = `
Examples:
  mllm-shap align say.wav --transcript "turn on the kitchen light"
  mllm-shap align say.mp3 --transcript-file say.txt -o say.TextGrid -o say.svg
  mllm-shap align say.wav --words units.json --format csv > say.csv`;

interface Output {
  /** null is stdout. */
  readonly file: string | null;
  readonly format: AlignmentFormatName;
}

/** Word times of one clip in the formats asked for. */
export async function alignCommand(file: string, flags: AlignFlags, context: Context): Promise<number> {
  const { terminal, interrupt, env, cwd } = context;
  const outputs = await planOutputs(flags, file, terminal.stdoutIsTerminal ? "text" : "json");
  const transcript = await readTranscript(flags, context);
  const audio = await readAudioFile(resolve(cwd, file));
  const progress = createProgress(terminal, mannersOf(flags).loudness);
  const policy = policyOf(flags, env);
  try {
    const alignment = await align(
      {
        audio,
        path: file,
        transcript,
        aligner: {
          modelName: flags.model.startsWith(".") ? resolve(cwd, flags.model) : flags.model,
          boundaryRule: flags.rule,
          allowDownload: policy.allowDownload,
          offline: policy.offline,
          ffmpegPath: ffmpegOf(env),
          ...(tokenOf(env) === undefined ? {} : { token: tokenOf(env) }),
        },
      },
      { signal: interrupt.signal, onEvent: progress.onEvent },
    );
    progress.end();
    for (const output of outputs) await write(alignment, output, context);
    return 0;
  } finally {
    progress.end();
  }
}

async function planOutputs({ output = [], format }: AlignFlags, input: string, onStdout: AlignmentFormatName): Promise<readonly Output[]> {
  if (output.length === 0) return [{ file: null, format: format ?? onStdout }];
  const outputs = output.map(
    (file): Output => (file === "-" ? { file: null, format: format ?? onStdout } : { file, format: formatFor(file, format) }),
  );
  for (const { file } of outputs) if (file !== null) await refuseUnwritable(file);
  await refuseOverwriting(
    outputs.map((one) => ({ file: one.file, format: "json" })),
    [input],
  );
  return outputs;
}

function formatFor(file: string, asked: AlignmentFormatName | undefined): AlignmentFormatName {
  const format = alignmentFormatOf(file) ?? asked;
  if (format !== undefined) return format;
  const endings = Object.values(ALIGNMENT_FORMATS).flatMap(({ endings }) => endings);
  throw new SpecError(`-o ${file}: its ending names no format; use ${endings.join(", ")}, or say --format`);
}

async function write(alignment: Alignment, { file, format }: Output, { terminal }: Context): Promise<void> {
  const text = ALIGNMENT_FORMATS[format].write(alignment);
  await (file === null ? terminal.print(text) : writeOutput(file, text));
}

async function readTranscript({ transcript, transcriptFile, words }: AlignFlags, context: Context): Promise<string | readonly string[]> {
  const given = [transcript, transcriptFile, words].filter((one) => one !== undefined);
  if (given.length !== 1) throw new SpecError("align needs one of --transcript TEXT, --transcript-file FILE and --words FILE");
  if (transcript !== undefined) return transcript;
  if (transcriptFile !== undefined) return transcriptOf(await readText(transcriptFile, context));
  return unitsOf(await readText(words as string, context), words as string);
}

function unitsOf(text: string, file: string): readonly string[] {
  if (!text.trimStart().startsWith("[")) return text.split(/\r?\n/).filter((line) => line.trim() !== "");
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (cause) {
    throw new SpecError(`${file}: is no valid JSON list`, { cause });
  }
  if (Array.isArray(list) && list.every((one) => typeof one === "string")) return list;
  throw new SpecError(`${file}: must be a list of texts, such as ["turn on", "the light"]`);
}
