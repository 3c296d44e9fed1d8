import { existsSync } from "node:fs";
import { access, constants, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { arch, availableParallelism, platform } from "node:os";
import { basename, dirname, join } from "node:path";
import { InferenceSession } from "onnxruntime-node";
import { ConnectorError } from "../errors.js";
import type { OnEvent } from "../events.js";
import type { EditedModel } from "./graph_edit.js";

export type Provider = "cpu" | "cuda" | "webgpu";

export interface SessionOptions {
  readonly device: "auto" | Provider;
  /** Threads inside an operator; 0 = the runtime's choice. */
  readonly threads: number;
  readonly onEvent?: OnEvent | undefined;
}

export interface OpenSession {
  readonly session: InferenceSession;
  /** The provider that was asked for and accepted; the runtime itself cannot be asked. */
  readonly provider: Provider;
  readonly path: string;
}

/**
 * Opens an ONNX file on the first provider that accepts it.
 * @param path absolute; external data is looked for beside it.
 * @param edited what is loaded in place of the file, where it is to be another than what stands there.
 * @throws ConnectorError that says in one line whether the file is missing, damaged, lacks a data file or wants an operator that is not there.
 */
export async function openSession(path: string, options: SessionOptions, edited: EditedModel | null = null): Promise<OpenSession> {
  await mustBeReadable(path);
  let refusal: unknown;
  for (const provider of providersFor(options.device)) {
    try {
      if (provider === "cuda") mustHaveCuda();
      const session = await create(path, edited, sessionOptions(provider, options.threads));
      options.onEvent?.({ kind: "log", message: `${basename(path)} runs on ${provider}` });
      return { session, provider, path };
    } catch (error) {
      if (provider === "cpu") throw loadError(path, error);
      refusal = error;
      const level = options.device === "auto" ? "log" : "warning";
      options.onEvent?.({ kind: level, message: `${provider} is not usable here (${firstLine(error)}): falling back to cpu` });
    }
  }
  throw loadError(path, refusal);
}

async function create(path: string, edited: EditedModel | null, options: InferenceSession.SessionOptions): Promise<InferenceSession> {
  if (edited === null) return await InferenceSession.create(path, options);
  const folder = { model_external_initializers_file_folder_path: edited.folder };
  const extra = { ...options.extra, session: { ...(options.extra?.session as object), ...folder } };
  return await InferenceSession.create(edited.bytes, { ...options, extra });
}

/** `auto` takes an accelerator only where somebody has put its libraries; webgpu is tried where it is asked for by name. */
function providersFor(device: SessionOptions["device"]): readonly Provider[] {
  if (device === "auto") return cudaLibrary() === null ? ["cpu"] : ["cuda", "cpu"];
  return device === "cpu" ? ["cpu"] : [device, "cpu"];
}

/** No accelerator is tried first. */
export function runsOnCpu(device: SessionOptions["device"]): boolean {
  return providersFor(device)[0] === "cpu";
}

/** Looked for first, since the runtime prints to stderr by itself where it finds none. */
function mustHaveCuda(): void {
  if (cudaLibrary() === null) throw new Error("onnxruntime-node's CUDA libraries are not installed");
}

function cudaLibrary(): string | null {
  const root = dirname(dirname(createRequire(import.meta.url).resolve("onnxruntime-node")));
  const path = join(root, "bin", "napi-v6", platform(), arch(), "libonnxruntime_providers_cuda.so");
  return existsSync(path) ? path : null;
}

function sessionOptions(provider: Provider, threads: number): InferenceSession.SessionOptions {
  return {
    executionProviders: [provider],
    // More threads than cores only wait for each other, minutes for what takes a second.
    intraOpNumThreads: Math.min(threads, availableParallelism()),
    interOpNumThreads: 1,
    // Caches grow with every step: patterns of earlier shapes would only be kept, never met again.
    enableMemPattern: false,
    // What fails is thrown and reported by us; the runtime would print it as well.
    logSeverityLevel: 4,
    extra: { session: { set_denormal_as_zero: "1" } },
  };
}

/** @throws ConnectorError where there is no such file or it may not be read. */
export async function mustBeReadable(path: string): Promise<void> {
  try {
    await access(path, constants.R_OK);
    const stats = await stat(path);
    if (!stats.isFile()) throw new Error("not a file");
    if (stats.size === 0) throw new Error("it is empty");
  } catch (cause) {
    throw new ConnectorError(`model file ${path} cannot be read: ${firstLine(cause)}`, { cause });
  }
}

/** The runtime's errors carry no code: their texts are all there is to go by. */
function loadError(path: string, cause: unknown): ConnectorError {
  // The runtime names the file, which stands there already, and goes on at length.
  const detail = shortened(firstLine(cause).replaceAll(path, basename(path)));
  return new ConnectorError(`model file ${path} cannot be loaded: ${reason(detail)} (${detail})`, { cause });
}

function shortened(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

const LONGEST = 200;

function reason(detail: string): string {
  if (/external data|External data/.test(detail)) return "a data file that it names (.onnx_data) is missing, damaged or outside its folder";
  if (/out of bounds|bad allocation|bad_alloc/i.test(detail)) return "its data is shorter than it declares, or memory ran out";
  if (/Protobuf parsing failed|INVALID_PROTOBUF|ModelProto does not have a graph|No graph was found|type is not valid/i.test(detail)) {
    return "it is truncated, damaged or no ONNX file";
  }
  if (/not a registered function\/op|No Op registered|NOT_IMPLEMENTED|Unsupported model IR|opset/i.test(detail))
    return "it needs an operator that this onnxruntime does not have";
  return "the runtime refuses it";
}

export function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n", 1)[0] ?? text;
}
