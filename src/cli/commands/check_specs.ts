import type { SpecError } from "../../errors.js";
import { defineCommand } from "../command.js";
import type { PolicyFlags } from "../policy.js";

interface CheckFlags extends PolicyFlags {
  readonly json?: boolean;
}

/** What is wrong with one spec. */
interface Checked {
  readonly spec: string;
  readonly problems: readonly { readonly line: number | null; readonly column: number | null; readonly message: string }[];
}

/** Specs alone: no model is loaded, nothing is asked. */
export const checkSpecs = defineCommand<CheckFlags>({
  name: "check",
  summary: "list everything that is wrong with specs, without a model; exit code 2 where something is",
  everyday: ["--json", "--allow-outside", "--set"],
  usage: "<spec...>",
  async options(command) {
    const { addPermissions, jsonOption } = await import("../options.js");
    const { addSpecFlags } = await import("../flags.js");
    command.argument("<spec...>", "conversations as YAML or JSON files; - reads standard input").addOption(jsonOption());
    addPermissions(command);
    addSpecFlags(command);
  },
  async run({ operands, flags, command }, context) {
    const [{ examineSpec }, { overridesOf }, { policyOf }, { printFound }, { excerpt }, { userSettings }, { eachOf, fileOf, nameOf }] =
      await Promise.all([
        import("../../spec/load.js"),
        import("../flags.js"),
        import("../policy.js"),
        import("../print_found.js"),
        import("../../views/text/excerpt.js"),
        import("../user_settings.js"),
        import("../typed_spec.js"),
      ]);
    const { cwd, stdin, env } = context;
    const options = { cwd, stdin, policy: policyOf(flags, env), overrides: overridesOf(command), model: userSettings(env).model };
    const found: Checked[] = [];
    let lines = "";
    for (const source of await eachOf(operands, cwd)) {
      const spec = nameOf(source);
      const part = typeof source === "object" && "part" in source ? source.part : undefined;
      const { problems, text } = await examineSpec(fileOf(source) ?? spec, { ...options, part });
      const inOrder = problems.toSorted((a, b) => placeOf(a) - placeOf(b));
      found.push({
        spec,
        problems: inOrder.map(({ message, position }) => ({ line: position?.line ?? null, column: position?.column ?? null, message })),
      });
      for (const { message, position } of inOrder) {
        const { line, column } = position ?? {};
        const shown = text === null || line === undefined ? "" : excerpt(text, line, column ?? 1);
        lines += `${message}\n${shown}`;
      }
    }
    const wrong = found.filter(({ problems }) => problems.length > 0).length;
    const summary = wrong === 0 ? `${found.length === 1 ? "no problem" : `no problem in ${found.length} specs`}\n` : lines;
    await printFound(found, () => summary, flags.json, context);
    if (wrong > 0 && found.length > 1) context.terminal.say(`mllm-shap: ${wrong} of ${found.length} specs have problems`);
    return wrong === 0 ? 0 : 2;
  },
});

/** Of lines and columns as one number. */
function placeOf({ position }: SpecError): number {
  return (position?.line ?? 0) * 1e6 + Math.min(position?.column ?? 0, 1e6 - 1);
}
