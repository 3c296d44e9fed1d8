import { stat } from "node:fs/promises";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import { recordLine } from "../../batch/recorded.js";
import { evaluate } from "../../tasks/evaluate.js";
import { evaluatedRequest } from "../evaluated_request.js";
import type { EvaluateTask } from "./evaluate_task.js";
import { createWorker } from "./worker.js";

/* What a worker process of `evaluate` runs. */

/** Evaluates one result. Never rejects: what fails is an answer too. */
export default createWorker<EvaluateTask>(async ({ job, result, settings }, { resources, model, memo }) => {
  const folder = await specFolder(settings.folder, result.spec.path);
  const request = await evaluatedRequest(result, folder, settings, settings.folderSaid);
  const { run: cost, ...evaluation } = await evaluate(result, request, {
    ...resources,
    model: await model(request),
    rankings: settings.rankings,
    memo: settings.cache && request.spec.run.cache ? await memo() : undefined,
  });
  return recordLine(job.id, job.key, settings.run && cost !== undefined ? { ...evaluation, run: cost } : evaluation);
});

/** A batch's specs may lie in folders below the one that it was given; what leaves that one is a stranger's word. */
async function specFolder(base: string, path: string | null): Promise<string> {
  if (path === null || isAbsolute(path)) return base;
  const folder = resolve(base, dirname(path));
  const way = relative(base, folder);
  if (way.startsWith("..") || isAbsolute(way)) return base;
  return (await stat(folder).catch(() => null))?.isDirectory() === true ? folder : base;
}
