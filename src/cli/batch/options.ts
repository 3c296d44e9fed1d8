import { type Command, Option } from "commander";
import { arrays } from "../../batch/arrays/registry.js";
import { manifests } from "../../batch/manifests/registry.js";
import { progressOption } from "../progress.js";
import { MAX_ATTEMPTS } from "./batch_flags.js";

/** Options of `batch` itself. */
export function addBatchOptions(command: Command): void {
  command
    .argument("<manifest...>", "lists of conversations; - reads standard input")
    .option("-o, --output <folder>", "keeps results, attempts and failures; the same folder goes on where a run was killed")
    .option("--spec <file>", "a spec in which {{column}} stands for the value of a table's row")
    .addOption(progressOption())
    .option("--no-run", "leave out cost and duration, which differ from run to run")
    .option("--redact", "leave out all texts, on stderr too, and folders; answers are still remembered on disk (--no-cache: not)")
    .option("--full-paths", "results hold absolute paths of specs as they are given")
    .addOption(new Option("--audio-content <how>", "how audio stands in results (default: segments)").choices(["segments", "base64"]))
    .option("--archive", "also keep each conversation's archive, for rescore, as archives/…/KEY.mshap of the folder")
    .optionsGroup("Shards:");
  addShardOptions(command);
  addWorkerOptions(command);
  addQueueOptions(command);
}

/** Of `evaluate`, where it has a folder of results or is told of worker processes. */
export function addManyResults(command: Command): void {
  command.optionsGroup("Many results (a batch's folder, or a file and one of these; -o is a folder then, and the same command goes on):");
  addShardOptions(command);
  addWorkerOptions(command);
}

function addShardOptions(command: Command): void {
  command
    .option(
      "--shard <i/n>",
      "work on every n-th conversation from i, counted from 0; auto (the default in an array job) asks the scheduler",
    )
    .option("--shards <n>", "how many shards there are, where the scheduler does not say, or only some are run again")
    .option("--take-over", "take a shard that another process seems to work on")
    .optionsGroup("Failures:")
    .option("--max-attempts <n>", `starts that a conversation may have, kills included (default: ${MAX_ATTEMPTS})`)
    .option("--retry-failed", "try those again that earlier runs gave up");
}

/** Of the optional queue. */
export function addQueueOptions(command: Command): void {
  command
    .optionsGroup("Queue:")
    .option(
      "--queue <url>",
      "a Redis or Valkey server, such as redis://localhost:6379, whose workers explain (optional packages bullmq, ioredis)",
    )
    .option("--queue-name <name>", "tells one batch from another on a server (default: mllm-shap- and the folder's name)");
}

/** Options of everything that has worker processes. */
export function addWorkerOptions(command: Command): void {
  command
    .optionsGroup("Worker processes:")
    .option("--workers <n>", "conversations at once, each in a process with a model of its own (default: 1, which uses all cores)")
    .option("--devices <list>", "CUDA devices that processes take in turn, such as 0,1 (as CUDA_VISIBLE_DEVICES names them)");
}

/** Manifests and schedulers, from their registries, and what exit codes mean. */
export function batchHelp(): string {
  return `
A manifest is
${manifests.map(({ summary }) => `  ${summary}`).join("\n")}

Array jobs whose shard is found by itself: ${arrays.map(({ title }) => title).join(", ")}.

Exit codes: 0 all conversations of the shard have results, 1 some failed for good, 2 wrong usage, 75 worth running again
(ten in a row failed alike, or another process has the shard), 130 Ctrl-C, 143 terminated: both go on from there.

Examples:
  mllm-shap batch specs/ -o out --workers 2
  mllm-shap batch conversations.jsonl -o out --shard 3/16 --players word
  mllm-shap batch questions.parquet --spec spec.yaml -o out
  mllm-shap merge out -o all.jsonl`;
}
