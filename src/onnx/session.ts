import { existsSync, statSync } from "node:fs";
import { access, constants } from "node:fs/promises";
import { createRequire } from "node:module";
import { arch, availableParallelism, platform } from "node:os";
import { basename, dirname, join } from "node:path";
import type { InferenceSession } from "onnxruntime-node";
import { ConnectorError } from "../errors.js";
import type { OnEvent } from "../events.js";
import { admit, openRegular } from "../repos/door.js";
import type { HashStore } from "../repos/local_files.js";
import { repoFolderOf } from "../repos/model_files.js";
import { currentSignal } from "../util/abort.js";
import { reasonOf } from "../util/errors.js";
import { gibibytes, memoryBytes } from "../util/sizes.js";
import { whyUnusable } from "./device_probe.js";
import type { EditedModel } from "./graph_edit.js";
import { checkDataFiles, type OnnxFile, readOnnxFile } from "./onnx_file.js";
import { createSession, type Session } from "./runtime.js";

export type Provider = "cpu" | "cuda" | "webgpu";

export interface SessionOptions {
  readonly device: "auto" | Provider;
  /** Threads inside an operator; 0 = the runtime's choice. */
  readonly threads: number;
  readonly onEvent?: OnEvent | undefined;
  /** Where what is found by trying a graph is kept. @default nowhere */
  readonly hashes?: HashStore | undefined;
  /** What the file says, where it was read already. */
  readonly read?: OnnxFile | undefined;
  /** Called when the runtime's thread is at work on a graph: the caller's own may do something else. */
  readonly onOpening?: (() => void) | undefined;
}

export interface OpenSession {
  readonly session: Session;
  /** The provider that was asked for and accepted; the runtime itself cannot be asked. */
  readonly provider: Provider;
  readonly path: string;
}

/**
 * Opens an ONNX file on the device that is asked for.
 * @param path absolute; external data is looked for beside it.
 * @param edited what is loaded in place of the file, where it is to be another than what stands there.
 * @throws ConnectorError that says in one line whether the device or the file is missing, the file is damaged, lacks a data file or wants an operator that is not there.
 */
export async function openSession(path: string, options: SessionOptions, edited: EditedModel | null = null): Promise<OpenSession> {
  await mustBeReadable(path);
  const unread = checkNamedFiles(path, options.read);
  const provider = await providerFor(options);
  try {
    const creating = create(path, edited, sessionOptions(provider, options.threads));
    options.onOpening?.();
    const session = await creating;
    if (unread !== null) {
      await session.release();
      throw unread;
    }
    options.onEvent?.({ kind: "log", message: `${basename(path)} runs on ${provider}` });
    return { session, provider, path };
  } catch (error) {
    if (error === unread || currentSignal()?.aborted === true) throw error;
    throw loadError(path, error);
  }
}

/**
 * A device that is named is taken or refused: numbers of another one would be published for it. `auto` takes an accelerator only where
 * somebody has put its libraries, and says where it cannot be used all the same.
 * @throws ConnectorError where a named device is not there.
 */
export async function providerFor({ device, onEvent }: Pick<SessionOptions, "device" | "onEvent">): Promise<Provider> {
  if (device === "cpu" || (device === "auto" && cudaLibrary() === null)) return "cpu";
  const wanted = device === "auto" ? "cuda" : device;
  if (wanted === "cuda") refuseShortProducts();
  // The runtime itself would print to stderr where it finds no library.
  const why = wanted === "cuda" && cudaLibrary() === null ? NO_CUDA : await whyUnusable(wanted);
  if (why === null) return wanted;
  if (device !== "auto") throw new ConnectorError(`device ${device} is not usable here: ${why}; use device auto or cpu`);
  onEvent?.({ kind: "warning", message: `${wanted} is not usable here (${why}): the model runs on cpu` });
  return "cpu";
}

/**
 * CUDA multiplies float32 matrices in TF32, with 10 bits of mantissa, unless its libraries read this as they are loaded: Shapley values are
 * differences, and were off by up to 4e-3 on an H200. Whoever sets it to 1 has the speed, and results that say so.
 */
function refuseShortProducts(): void {
  process.env[TF32] ??= "0";
}

const TF32 = "NVIDIA_TF32_OVERRIDE";

/** As results and the memo's keys name it: what gives other numbers has another name. */
export function providerInWords(provider: Provider): string {
  return provider === "cuda" && process.env[TF32] !== "0" ? "cuda, TF32" : provider;
}

const NO_CUDA = "onnxruntime-node's CUDA libraries are not installed";

async function create(path: string, edited: EditedModel | null, options: InferenceSession.SessionOptions): Promise<Session> {
  if (edited === null) return await createSession(path, options);
  const folder = { model_external_initializers_file_folder_path: edited.folder };
  const session = { ...(options.extra?.session as object), ...folder };
  // The runtime's search for GPT-2's attention with a past, which no exporter's is any more, ends the process where sizes are worked out once (1.30).
  const extra = { ...options.extra, session, optimization: { disable_specified_optimizers: "AttentionFusion" } };
  return await createSession(edited.bytes, { ...options, extra });
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
    const { handle, size } = await openRegular(await admit(repoFolderOf(path), path));
    await handle.close();
    if (size === 0) throw new Error("it is empty");
  } catch (cause) {
    const why = firstLine(cause).replace(`${path} is `, "it is ").replace(`${path} leads`, "it leads");
    throw new ConnectorError(`model file ${path} cannot be read: ${why}`, { cause });
  }
}

/**
 * The runtime opens by itself what a graph names: it must be looked at first.
 * @returns why the file cannot be read, which the runtime may tell better.
 */
function checkNamedFiles(path: string, read: OnnxFile | undefined): ConnectorError | null {
  let onnx: OnnxFile;
  try {
    onnx = read ?? readOnnxFile(path);
  } catch (error) {
    return error as ConnectorError;
  }
  checkDataFiles(onnx);
  requireRoom(onnx);
  return null;
}

/** @throws ConnectorError where the weights are more than the memory of this machine, or of this container. */
function requireRoom({ path, externalFiles }: OnnxFile): void {
  const bytes = [path, ...externalFiles].reduce((sum, file) => sum + statSync(file).size, 0);
  const memory = memoryBytes();
  if (bytes <= memory) return;
  throw new ConnectorError(
    `model file ${path} cannot be loaded: its weights take ${gibibytes(bytes)}, this machine has ${gibibytes(memory)}`,
  );
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
  const text = reasonOf(error);
  return text.split("\n", 1)[0] ?? text;
}
