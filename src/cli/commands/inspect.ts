import { defineCommand } from "../command.js";
import { type VerbosityFlags, verbosityOf } from "../context.js";
import type { PolicyFlags } from "../policy.js";
import type { ProgressFlags } from "../progress.js";
import type { TypedFlags } from "../typed_spec.js";

interface InspectFlags extends VerbosityFlags, ProgressFlags, PolicyFlags, TypedFlags {
  readonly json?: boolean;
  /** `--cost`, `--no-cost` */
  readonly cost?: boolean;
  readonly tokenPrice?: string;
}

/** Shows what a run would see and cost. */
export const inspect = defineCommand<InspectFlags>({
  name: "inspect",
  summary: "show a conversation's tokens, roles and players, and what explaining it would cost; explains nothing",
  everyday: [
    "--text",
    "--audio",
    "--model",
    "--no-cost",
    "--json",
    "--players",
    "--budget",
    "--payoff",
    "--device",
    "--server",
    "--allow-download",
    "--quiet",
    "--verbose",
  ],
  usage: "[spec]",
  async options(command) {
    const { addPayoffCommand, addPermissions, addServer, addVerbosity, jsonOption, tokenPriceOption } = await import("../options.js");
    const { addSpecFlags } = await import("../flags.js");
    const { addTypedSpec } = await import("../typed_spec.js");
    command
      .argument("[spec]", "a conversation as a YAML or JSON file; - reads standard input")
      .option("--cost", "ask a server, too: without it nothing is sent to one, and what would be is estimated")
      .option("--no-cost", "do not ask the model for its answer, nor time it")
      .addOption(tokenPriceOption())
      .addOption(jsonOption());
    addTypedSpec(command);
    addVerbosity(command);
    command.addOption((await import("../progress.js")).progressOption());
    addPermissions(command);
    addServer(command);
    addPayoffCommand(command);
    addSpecFlags(command);
  },
  async run({ operands, flags, command }, context) {
    const { policyOf } = await import("../policy.js");
    const { resourcesFor } = await import("../resources.js");
    const [
      { inspect: look },
      { requestFrom, sourcesOf },
      { INSPECTION_FORMATS },
      { overridesOf },
      { deliver },
      { planOutputs },
      { withPermission },
      { createProgress },
      { lazyMemo },
    ] = await Promise.all([
      import("../../tasks/inspect.js"),
      import("../typed_spec.js"),
      import("../../views/inspection.js"),
      import("../flags.js"),
      import("../deliver.js"),
      import("../outputs.js"),
      import("../download.js"),
      import("../progress.js"),
      import("../memo.js"),
    ]);
    const { terminal, env, stdin, cwd } = context;
    const outputs = await planOutputs({
      formats: INSPECTION_FORMATS,
      files: [],
      format: flags.json === true ? "json" : undefined,
      onTerminal: terminal.stdoutIsTerminal,
    });
    const progress = createProgress(terminal, verbosityOf(flags).loudness, { style: flags.progress });
    const [source = "-"] = sourcesOf(operands, flags, env);
    const request = await requestFrom(source, flags, env, { overrides: overridesOf(command), policy: policyOf(flags, env), stdin, cwd });
    const [{ requireAsked }, { pricesFor }] = await Promise.all([import("../server.js"), import("../cost_limit.js")]);
    requireAsked(request, flags);
    const memo = lazyMemo(env, progress.onEvent);
    try {
      const inspection = await withPermission(request, context, async (permitted) =>
        look(permitted, {
          ...resourcesFor(flags, context, progress.onEvent),
          cost: flags.cost,
          prices: pricesFor(flags, env) ?? undefined,
          memo: permitted.spec.run.cache ? await memo.get() : undefined,
        }),
      );
      progress.end();
      await deliver([inspection], outputs, context);
      return 0;
    } finally {
      progress.end();
      await memo.close();
    }
  },
});
