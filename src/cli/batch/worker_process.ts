import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import writeFileAtomic from "write-file-atomic";
import type { AttemptFailure } from "../../batch/drive.js";
import { archiveFile } from "../../batch/folder.js";
import { keyOf } from "../../batch/key.js";
import { recordLine } from "../../batch/recorded.js";
import { requestOfSource } from "../../batch/request.js";
import type { Recording } from "../../results/recording.js";
import type { Result } from "../../results/result_schema.js";
import { explain } from "../../tasks/explain.js";
import { archiveOf } from "../archive_out.js";
import { presentable } from "../presentable.js";
import type { Task } from "./task.js";
import { createWorker } from "./worker.js";

/* What a worker process of `batch` runs. */

const MISPLACED: AttemptFailure = {
  kind: "misplaced",
  message: "its files or flags are others here than where it was queued",
  permanent: false,
  misplaced: true,
};

/** Explains one conversation. Never rejects: what fails is an answer too. */
export default createWorker<Task>(async ({ job, settings }, { resources, shown, model, memo }) => {
  const request = await requestOfSource(job.source, job.where, settings);
  shown.learn(request);
  if (settings.checksKey === true && (await keyOf(request)) !== job.key) return MISPLACED;
  const { archives = null } = settings;
  let recording: Recording | null = null;
  const keep = (one: Recording): void => {
    recording = one;
  };
  const result = await explain(request, {
    ...resources,
    model: await model(request),
    audioContent: settings.audioContent,
    memo: request.spec.run.cache ? await memo() : undefined,
    ...(archives === null ? {} : { onRecording: keep }),
  });
  const shownResult = presentable(result, settings, settings.cwd);
  if (archives !== null && recording !== null) await writeArchive(archiveFile(archives, job.key), shownResult, recording);
  return recordLine(job.id, job.key, shownResult);
});

/** Whole or not at all, and before its result, so that a result never stands without it. */
async function writeArchive(file: string, result: Result, recording: Recording): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFileAtomic(file, Buffer.from(await archiveOf(result, recording)));
}
