import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import writeFileAtomic from "write-file-atomic";
import type { AttemptFailure } from "../../batch/drive.js";
import { archiveFile } from "../../batch/folder.js";
import { keyOf } from "../../batch/key.js";
import { recordLine } from "../../batch/recorded.js";
import { requestOfSource } from "../../batch/request.js";
import { NotCachedError } from "../../errors.js";
import type { OnEvent, RunEvent } from "../../events.js";
import type { Recording } from "../../results/recording.js";
import type { Result } from "../../results/result_schema.js";
import { explain } from "../../tasks/explain.js";
import { archiveOf } from "../archive_out.js";
import { discretion, OPEN } from "../discretion.js";
import { failureOf } from "../failure.js";
import { lazyMemo } from "../memo.js";
import { createModelPool } from "../model_pool.js";
import { ffmpegOf, tokenOf } from "../policy.js";
import { presentable } from "../presentable.js";
import { silenceLibraries } from "../silence.js";
import type { Answer, Task } from "./task.js";

/*
 * What a worker process of a batch runs. It keeps its model and its memo from conversation to conversation, and ends with whoever started it.
 */

silenceLibraries();
process.once("disconnect", () => process.exit());
/** Schedulers signal every process of a job. Whoever started this one has to hear of it first, lest it take our end for a crash. */
const AFTER_MS = 1_000;
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => setTimeout(() => process.exit(1), AFTER_MS));

const MISPLACED: AttemptFailure = {
  kind: "misplaced",
  message: "its files or flags are others here than where it was queued",
  permanent: false,
  misplaced: true,
};

const models = createModelPool();
let events: RunEvent[] = [];
const onEvent: OnEvent = (event) => {
  if (event.kind !== "progress" && event.kind !== "phase") events.push(event);
};
const memo = lazyMemo(process.env, onEvent);

/** Explains one conversation. Never rejects: what fails is an answer too. */
export default async function work({ job, settings }: Task): Promise<Answer> {
  const { redact, devices, cwd } = settings;
  chooseDevice(devices);
  const shown = redact === true ? discretion() : OPEN;
  events = [];
  const told = (): readonly RunEvent[] =>
    events.map((event) => ("label" in event ? event : { ...event, message: shown.apply(event.message) }));
  let loading = false;
  try {
    const request = await requestOfSource(job.source, job.where, settings);
    shown.learn(request);
    if (settings.checksKey === true && (await keyOf(request)) !== job.key) return { failure: MISPLACED, stack: "", events: told() };
    const resources = { token: tokenOf(process.env), ffmpegPath: ffmpegOf(process.env), onEvent };
    loading = true;
    const model = await models.get(request, resources);
    loading = false;
    const { archives = null } = settings;
    let recording: Recording | null = null;
    const keep = (one: Recording): void => {
      recording = one;
    };
    const result = await explain(request, {
      ...resources,
      model,
      audioContent: settings.audioContent,
      memo: request.spec.run.cache ? await memo.get() : undefined,
      ...(archives === null ? {} : { onRecording: keep }),
    });
    const shownResult = presentable(result, settings, cwd);
    if (archives !== null && recording !== null) await writeArchive(archiveFile(archives, job.key), shownResult, recording);
    return { line: recordLine(job.id, job.key, shownResult), events: told() };
  } catch (error) {
    const { exitCode, message, stack } = failureOf(error);
    const kind = error instanceof Error ? error.name : "Error";
    // A model that is not there yet is no fault of the conversation's.
    const permanent = exitCode === 2 && !loading && !(error instanceof NotCachedError);
    return { failure: { kind, message: shown.apply(message), permanent }, stack: shown.apply(stack), events: told() };
  }
}

/** Whole or not at all, and before its result, so that a result never stands without it. */
async function writeArchive(file: string, result: Result, recording: Recording): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFileAtomic(file, Buffer.from(await archiveOf(result, recording)));
}

/** Before the runtime looks for devices, which it does once. */
function chooseDevice(devices: readonly string[]): void {
  if (devices.length === 0) return;
  const worker = process.__tinypool_state__?.workerId ?? 1;
  process.env.CUDA_VISIBLE_DEVICES = devices[(worker - 1) % devices.length];
}
