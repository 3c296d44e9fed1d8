import { defineCommand } from "../command.js";
import { addDocumentOptions } from "../options.js";

interface CompareFlags {
  readonly output?: string;
  readonly format?: string;
}

/** How alike two results are. */
export const compare = defineCommand<CompareFlags>({
  name: "compare",
  summary: "compare two results of the same players: ranks, signs, largest differences",
  usage: "<a> <b>",
  async options(command) {
    const { COMPARISON_FORMATS } = await import("../../views/comparison.js");
    command.argument("<a>", "a result as JSON; - reads standard input").argument("<b>", "another one of the same players");
    addDocumentOptions(command, Object.keys(COMPARISON_FORMATS));
  },
  async run({ operands: [a = "-", b = "-"], flags }, context) {
    const [{ compareResults }, { COMPARISON_FORMATS }, { VERSION }, { deliver }, { planOutputs }, { readOneResult }] = await Promise.all([
      import("../../results/comparison.js"),
      import("../../views/comparison.js"),
      import("../../version.js"),
      import("../deliver.js"),
      import("../outputs.js"),
      import("../read_text.js"),
    ]);
    const outputs = await planOutputs({
      formats: COMPARISON_FORMATS,
      files: flags.output === undefined ? [] : [flags.output],
      format: flags.format,
      onTerminal: context.terminal.stdoutIsTerminal,
      otherwise: COMPARISON_FORMATS.json,
      inputs: [a, b],
    });
    const one = async (file: string) => ({ file, result: await readOneResult(file, context) });
    await deliver([compareResults(await one(a), await one(b), VERSION)], outputs, context);
    return 0;
  },
});
