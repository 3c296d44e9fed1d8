import { defineCommand } from "../command.js";

const DEFAULT = "conv.yaml";

/** Writes a spec to start from. */
export const init = defineCommand({
  name: "init",
  summary: "write a commented spec to start from",
  usage: "[file]",
  options(command) {
    command.argument("[file]", "where to; - prints it", DEFAULT);
  },
  async run({ operands: [file = DEFAULT] }, context) {
    const [{ EXAMPLE }, { printText }, { writeFile }, { resolve }, { SpecError }, { whyUnwritable }] = await Promise.all([
      import("../example_spec.js"),
      import("../print_found.js"),
      import("node:fs/promises"),
      import("node:path"),
      import("../../errors.js"),
      import("../files.js"),
    ]);
    if (file === "-") {
      await printText(EXAMPLE, context);
      return 0;
    }
    try {
      // Never over a file that is there.
      await writeFile(resolve(context.cwd, file), EXAMPLE, { flag: "wx" });
    } catch (cause) {
      throw new SpecError(`${file}: ${whyNotMade(cause) ?? whyUnwritable(cause)}`, { cause });
    }
    context.terminal.say(`wrote ${file}: mllm-shap explain ${file}`);
    return 0;
  },
});

function whyNotMade(cause: unknown): string | null {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === "EEXIST") return "is there already; give another name";
  return code === "ENOENT" ? "its folder is not there; make it first" : null;
}
