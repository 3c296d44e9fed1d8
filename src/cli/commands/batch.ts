import type { BatchFlags } from "../batch/batch_flags.js";
import { defineCommand } from "../command.js";

export const batch = defineCommand<BatchFlags>({
  name: "batch",
  summary: "explain thousands of conversations: in worker processes, in shards on a cluster, going on after kills",
  everyday: [
    "--output",
    "--spec",
    "--workers",
    "--devices",
    "--shard",
    "--progress",
    "--players",
    "--sampler",
    "--budget",
    "--payoff",
    "--device",
    "--redact",
    "--quiet",
  ],
  usage: "<manifest...>",
  async options(command) {
    const [{ addCost, addPayoffCommand, addPermissions, addServer, addVerbosity }, { addSpecFlags }, { addBatchOptions, batchHelp }] =
      await Promise.all([import("../options.js"), import("../flags.js"), import("../batch/options.js")]);
    addBatchOptions(command);
    addVerbosity(command);
    addPermissions(command);
    addServer(command);
    addCost(command);
    addPayoffCommand(command);
    addSpecFlags(command);
    command.addHelpText("after", batchHelp());
  },
  async run({ operands, flags, command }, context) {
    const { overridesOf } = await import("../flags.js");
    if (flags.queue !== undefined) {
      const { queueBatch } = await import("../queue/produce.js");
      return await queueBatch(operands, overridesOf(command), flags, context);
    }
    const { runBatch } = await import("../batch/run_batch.js");
    return await runBatch(operands, overridesOf(command), flags, context);
  },
});
