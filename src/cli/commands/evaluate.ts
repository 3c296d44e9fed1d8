import type { EvaluateBatchFlags } from "../batch/evaluate_batch.js";
import { defineCommand } from "../command.js";

/** Plays every result's ranking against its model again. */
export const evaluate = defineCommand<EvaluateBatchFlags>({
  name: "evaluate",
  summary: "play a result against its model: insertion, deletion, comprehensiveness, sufficiency, drops, lds, against chance",
  everyday: ["--output", "--format", "--payoff", "--rankings", "--workers", "--repo", "--device", "--quiet"],
  usage: "<result>",
  async options(command) {
    const { addDocumentOptions, addPayoffCommand, addPermissions, addServer, addVerbosity } = await import("../options.js");
    const [{ RANKINGS }, { EVALUATION_FORMATS }, { addManyResults }] = await Promise.all([
      import("../../game/faithfulness.js"),
      import("../../views/evaluation.js"),
      import("../batch/options.js"),
    ]);
    command.argument("<result>", "a result of explain, as JSON or JSON Lines, an archive, or a batch's folder; - reads standard input");
    addDocumentOptions(command, Object.keys(EVALUATION_FORMATS));
    command
      .option("--folder <folder>", "where the spec's relative paths start (default: the result's own folder)")
      .option("--repo <repo>", "where the model lies now; its files must be those that were explained")
      .option("--device <name>", "where the model runs: auto, cpu, cuda, webgpu (default: as in the spec)")
      .option("--payoff <payoff>", "by another payoff than was explained, as explain.payoff says it: exact-match, '{kind: embedding, …}'")
      .option("--rankings <n>", `random rankings to compare with (default: ${RANKINGS})`)
      .option("--no-run", "leave out cost and duration, which differ from run to run")
      .option("--no-cache", "neither use nor keep answers on disk");
    addManyResults(command);
    addVerbosity(command);
    command.addOption((await import("../progress.js")).progressOption());
    addPermissions(command);
    addServer(command);
    addPayoffCommand(command);
  },
  async run({ operands: [file = "-"], flags }, context) {
    const { evaluateBatch, isMany } = await import("../batch/evaluate_batch.js");
    if (await isMany(file, flags, context)) return await evaluateBatch(file, flags, context);
    const { evaluateResults } = await import("../evaluate_results.js");
    return await evaluateResults(file, flags, context);
  },
});
