import { defineCommand } from "../command.js";
import type { QueueWorkerFlags } from "../queue/work_queue.js";

export const worker = defineCommand<QueueWorkerFlags>({
  name: "worker",
  summary: "explain conversations of a queue that `batch --queue` fills (Redis or Valkey)",
  everyday: ["--output", "--until-empty", "--queue", "--workers", "--devices", "--allow-download", "--quiet", "--verbose"],
  async options(command) {
    const [{ addPayoffCommand, addPermissions, addServer, addVerbosity }, { addQueueOptions, addWorkerOptions }] = await Promise.all([
      import("../options.js"),
      import("../batch/options.js"),
    ]);
    command
      .option("-o, --output <folder>", "the batch's folder, which gets the results")
      .option("--root <folder>", "conversations must lie in it (default: this folder)")
      .option("--until-empty", "leave once the queue is empty")
      .option("--max-attempts <n>", "starts that a conversation may have before it is given up (default: 3)")
      .option("--lock-seconds <n>", "after so long without a sign of life a worker's conversation is another's (default: 60)");
    addWorkerOptions(command);
    addQueueOptions(command);
    addVerbosity(command);
    addPermissions(command);
    addServer(command);
    addPayoffCommand(command);
    command.addHelpText("after", EXAMPLES);
  },
  async run({ flags }, context) {
    const { workQueue } = await import("../queue/work_queue.js");
    return await workQueue(flags, context);
  },
});

const EXAMPLES = `
Workers must see the manifest's files under the paths that the producer sees, and write to the folder that it reads.
Takes two packages that do not come along: npm install bullmq@6 ioredis@5

Examples:
  mllm-shap batch conversations.jsonl -o out --queue redis://head:6379      fills the queue and waits
  mllm-shap worker --queue redis://head:6379 -o out --workers 2             on as many machines as there are`;
