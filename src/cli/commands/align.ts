import { resolve } from "node:path";
import { Option } from "commander";
import type { BoundaryRule } from "../../alignment/align_words.js";
import { defineCommand } from "../command.js";
import { type VerbosityFlags, verbosityOf } from "../context.js";
import type { PolicyFlags } from "../policy.js";
import type { ProgressFlags } from "../progress.js";
import type { TranscriptFlags } from "../transcript.js";

interface AlignFlags extends VerbosityFlags, ProgressFlags, PolicyFlags, TranscriptFlags {
  readonly output?: readonly string[];
  readonly format?: string;
  readonly model: string;
  readonly rule: BoundaryRule;
}

/** Word times of one clip in the formats asked for. */
export const align = defineCommand<AlignFlags>({
  name: "align",
  summary: "find where each word of a transcript is said: times, subtitles, a picture",
  everyday: ["--transcript", "--transcript-file", "--output", "--format", "--model", "--quiet"],
  usage: "<audio>",
  async options(command) {
    const { addVerbosity, listOption } = await import("../options.js");
    const { ALIGNMENT_FORMATS } = await import("../../views/alignment/formats.js");
    command
      .argument("<audio>", "an audio file of any common format")
      .option("--transcript <text>", "what is said; its words are the units")
      .option("--transcript-file <file>", "the same from a file; - reads standard input")
      .option("--words <file>", "the units themselves: one a line, or a JSON list of texts")
      .addOption(
        listOption(
          "-o, --output <file>",
          "write to a file, in the format of its ending (.json .csv .TextGrid .srt .vtt .txt .svg); - is stdout (repeatable)",
        ),
      )
      .addOption(new Option("--format <name>", "default: text on a terminal, json otherwise").choices(Object.keys(ALIGNMENT_FORMATS)))
      .option(
        "--model <repo>",
        "acoustic model: embedded:NAME, a folder, or a hub id of a wav2vec2-style CTC model in ONNX",
        "embedded:nano-ctc",
      )
      .addOption(new Option("--rule <name>", "how word edges are found").choices(["pauses", "spectrogram", "none"]).default("pauses"))
      .addHelpText("after", EXAMPLES);
    addVerbosity(command);
    command.addOption((await import("../progress.js")).progressOption());
    command
      .optionsGroup("Permissions:")
      .option("--allow-download", "a model that is not cached may be downloaded")
      .option("--offline", "use cached models only");
  },
  async run({ operands: [file = ""], flags }, context) {
    const { resourcesFor } = await import("../resources.js");
    const { repoNamed } = await import("../../spec/paths.js");
    const { readTranscript } = await import("../transcript.js");
    const [{ align: find }, { readAudioFile }, { ALIGNMENT_FORMATS }, { deliver }, { planOutputs }, { createProgress }] = await Promise.all(
      [
        import("../../tasks/align.js"),
        import("../../audio/files/read_file.js"),
        import("../../views/alignment/formats.js"),
        import("../deliver.js"),
        import("../outputs.js"),
        import("../progress.js"),
      ],
    );
    const { terminal, cwd } = context;
    const outputs = await planOutputs({
      formats: ALIGNMENT_FORMATS,
      files: flags.output ?? [],
      format: flags.format,
      onTerminal: terminal.stdoutIsTerminal,
      inputs: [file],
    });
    const transcript = await readTranscript(flags, context);
    const audio = await readAudioFile(resolve(cwd, file));
    const progress = createProgress(terminal, verbosityOf(flags).loudness, { style: flags.progress });
    const resources = resourcesFor(flags, context, progress.onEvent);
    const { name: modelName } = await repoNamed(flags.model, cwd);
    const aligner = { ...resources, modelName, boundaryRule: flags.rule };
    try {
      const alignment = await find({ audio, path: file, transcript, aligner }, resources);
      progress.end();
      await deliver([alignment], outputs, context);
      return 0;
    } finally {
      progress.end();
    }
  },
});

const EXAMPLES = `
Examples:
  mllm-shap align say.wav --transcript "turn on the kitchen light"
  mllm-shap align say.mp3 --transcript-file say.txt -o say.TextGrid -o say.svg
  mllm-shap align say.wav --words units.json --format csv > say.csv`;
