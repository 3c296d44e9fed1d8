import type { AttemptFailure } from "../../batch/drive.js";
import type { Model } from "../../connectors/types.js";
import { NotCachedError } from "../../errors.js";
import type { OnEvent, RunEvent } from "../../events.js";
import type { ModelMemo } from "../../memo/memory.js";
import type { ExplainRequest } from "../../spec/request.js";
import type { CallerResources } from "../../tasks/resources.js";
import { type Discretion, discretion, OPEN } from "../discretion.js";
import { failureOf } from "../failure.js";
import { lazyMemo } from "../memo.js";
import { createModelPool } from "../model_pool.js";
import { ffmpegOf, tokenOf } from "../policy.js";
import { silenceLibraries } from "../silence.js";
import type { Answer } from "./task.js";

/** What a worker process has for one task. */
export interface WorkerTools {
  readonly resources: CallerResources;
  /** What may be said of the conversation. */
  readonly shown: Discretion;
  /** The request's model, which stays open for the next task. */
  model(request: ExplainRequest): Promise<Model>;
  /** What is remembered of models' answers. */
  memo(): Promise<ModelMemo>;
}

interface AnyTask {
  readonly settings: { readonly redact?: boolean; readonly devices: readonly string[] };
}

/** Schedulers signal every process of a job. Whoever started this one has to hear of it first, lest it take our end for a crash. */
const AFTER_MS = 1_000;

/**
 * What a worker process runs. It keeps its model and its memo from task to task, and ends with whoever started it.
 * @param act does one task. @returns the line that is recorded, or why there is none.
 */
export function createWorker<T extends AnyTask>(
  act: (task: T, tools: WorkerTools) => Promise<string | AttemptFailure>,
): (task: T) => Promise<Answer> {
  silenceLibraries();
  process.once("disconnect", () => process.exit());
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => setTimeout(() => process.exit(1), AFTER_MS));
  const models = createModelPool();
  let events: RunEvent[] = [];
  const onEvent: OnEvent = (event) => {
    if (event.kind !== "progress" && event.kind !== "phase") events.push(event);
  };
  const memo = lazyMemo(process.env, onEvent);
  const resources = { token: tokenOf(process.env), ffmpegPath: ffmpegOf(process.env), onEvent };
  return async (task) => {
    const { redact, devices } = task.settings;
    chooseDevice(devices);
    const shown = redact === true ? discretion() : OPEN;
    events = [];
    const told = (): readonly RunEvent[] =>
      events.map((event) => ("label" in event ? event : { ...event, message: shown.apply(event.message) }));
    let loading = false;
    const model = async (request: ExplainRequest): Promise<Model> => {
      loading = true;
      const loaded = await models.get(request, resources);
      loading = false;
      return loaded;
    };
    try {
      const done = await act(task, { resources, shown, model, memo: memo.get });
      return typeof done === "string" ? { line: done, events: told() } : { failure: done, stack: "", events: told() };
    } catch (error) {
      const { exitCode, message, stack } = failureOf(error);
      const kind = error instanceof Error ? error.name : "Error";
      // A model that is not there yet is no fault of the conversation's.
      const permanent = exitCode === 2 && !loading && !(error instanceof NotCachedError);
      return { failure: { kind, message: shown.apply(message), permanent }, stack: shown.apply(stack), events: told() };
    } finally {
      await memo.rest();
    }
  };
}

/** Before the runtime looks for devices, which it does once. */
function chooseDevice(devices: readonly string[]): void {
  if (devices.length === 0) return;
  const worker = process.__tinypool_state__?.workerId ?? 1;
  process.env.CUDA_VISIBLE_DEVICES = devices[(worker - 1) % devices.length];
}
