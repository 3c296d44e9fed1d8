import { Worker } from "node:worker_threads";
import { type InferenceSession, Tensor } from "onnxruntime-node";
import { currentSignal, orAborted } from "../util/abort.js";
import type { CacheChange, CacheUse } from "./row_cache.js";

/** A tensor between threads: outputs are handed over, not copied; caches stay where they are. */
export interface WireTensor {
  readonly type: Tensor.Type;
  readonly data: Tensor["data"];
  readonly dims: readonly number[];
}

type Ask =
  | {
      readonly kind: "create";
      readonly session: number;
      readonly model: string | Uint8Array;
      readonly options: InferenceSession.SessionOptions;
    }
  | {
      readonly kind: "run";
      readonly session: number;
      readonly feeds: readonly (readonly [name: string, tensor: WireTensor])[];
      /** null = all outputs */
      readonly fetches: readonly string[] | null;
      readonly cache: CacheUse | null;
    }
  | { readonly kind: "read"; readonly session: number; readonly cache: number }
  | { readonly kind: "release"; readonly session: number };

/** Not answered: what went wrong is told to the pass that needs it. */
export interface Notice {
  readonly kind: "caches";
  readonly session: number;
  readonly change: CacheChange;
}

export type Request = Ask & { readonly id: number };

type Reply = { readonly id: number } & ({ readonly value: unknown } | { readonly error: string });

export type Feeds = Readonly<Record<string, Tensor>>;

/** A graph that is loaded in the runtime's thread. */
export interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata: readonly InferenceSession.ValueMetadata[];
  readonly outputMetadata: readonly InferenceSession.ValueMetadata[];
  /** An abort of the current signal (`withSignal`) rejects at once; the native call goes on until it ends by itself. */
  run(feeds: Feeds, fetches?: readonly string[], cache?: CacheUse): Promise<Readonly<Record<string, Tensor>>>;
  /** In the order of the calls, passes included. */
  change(change: CacheChange): void;
  /** A cache's numbers, slot by slot. */
  read(cache: number): Promise<readonly Tensor[]>;
  release(): Promise<void>;
}

/** How long a native call may go on after its caller was sent away; then its thread is given up, with all its sessions. */
const PATIENCE_MS = 2_000;
/** How long the end of the process waits for a native call. */
const LAST_WAIT_MS = 1_500;

/** The thread that all native calls are made in, one after the other: each uses the machine's cores by itself. */
class RuntimeThread {
  /** Given up, or crashed. */
  lost: Error | null = null;
  /** 1 while the thread is in a native call. */
  private readonly busy = new Int32Array(new SharedArrayBuffer(4));
  private readonly worker = new Worker(new URL("./host.js", import.meta.url), { workerData: this.busy });
  private readonly waiting = new Map<number, { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void }>();
  private ids = 0;
  private timer: NodeJS.Timeout | null = null;
  private readonly onExit = (code: number): void => {
    if (Atomics.wait(this.busy, 0, 1, LAST_WAIT_MS) === "timed-out") endProcess(code);
  };

  constructor() {
    // An idle thread keeps nobody from ending.
    this.worker.unref();
    process.on("exit", this.onExit);
    this.worker.on("message", (reply: Reply) => this.settle(reply));
    this.worker.on("error", (cause) => this.lose(new Error(`the runtime's thread failed: ${cause.message}`, { cause })));
    this.worker.on("exit", () => {
      process.off("exit", this.onExit);
      this.lose(new Error("the runtime's thread has ended"));
    });
  }

  async ask(request: Ask, transfer: readonly ArrayBuffer[] = []): Promise<unknown> {
    const signal = request.kind === "release" ? undefined : currentSignal();
    signal?.throwIfAborted();
    if (this.lost !== null) throw this.lost;
    const id = this.ids++;
    const answered = new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.ref();
      this.worker.postMessage({ ...request, id }, transfer as ArrayBuffer[]);
    });
    try {
      return await orAborted(answered, signal);
    } catch (error) {
      if (signal?.aborted === true && this.waiting.has(id)) this.giveUpLater();
      throw error;
    }
  }

  tell(notice: Notice): void {
    if (this.lost === null) this.worker.postMessage(notice);
  }

  private settle(reply: Reply): void {
    const one = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.waiting.size === 0) this.worker.unref();
    if ("error" in reply) one?.reject(new Error(reply.error));
    else one?.resolve(reply.value);
  }

  /** Nobody waits for what the thread is doing; it may never end. Whatever it answers shows that it does. */
  private giveUpLater(): void {
    this.worker.unref();
    this.timer ??= setTimeout(() => {
      this.lose(new Error("the runtime was given up: a native call did not end after it was aborted"));
      void this.worker.terminate();
    }, PATIENCE_MS).unref();
  }

  private lose(error: Error): void {
    this.lost ??= error;
    for (const { reject } of this.waiting.values()) reject(this.lost);
    this.waiting.clear();
  }
}

let thread: RuntimeThread | null = null;
let sessions = 0;

function running(): RuntimeThread {
  if (thread === null || thread.lost !== null) thread = new RuntimeThread();
  return thread;
}

/** Starts the thread where there is none: whoever is going to load a graph may find it and read it meanwhile. A thread that fails is told of by the load. */
export function startRuntime(): void {
  running();
}

/**
 * Loads a graph.
 * @param model path, or the file's content, which is copied.
 * @throws Error with the runtime's own message, and the current signal's reason.
 */
export async function createSession(model: string | Uint8Array, options: InferenceSession.SessionOptions): Promise<Session> {
  const own = running();
  const session = sessions++;
  const content = typeof model === "string" ? model : new Uint8Array(model);
  const transfer = typeof content === "string" ? [] : [content.buffer];
  const release = async (): Promise<void> => {
    await ended(own.ask({ kind: "release", session }));
  };
  try {
    const described = (await own.ask({ kind: "create", session, model: content, options }, transfer)) as Omit<
      Session,
      "run" | "change" | "read" | "release"
    >;
    return {
      ...described,
      run: (feeds, fetches, cache) => run(own, session, { feeds, fetches: fetches ?? null, cache: cache ?? null }),
      change: (change) => own.tell({ kind: "caches", session, change }),
      read: async (cache) => ((await own.ask({ kind: "read", session, cache })) as readonly WireTensor[]).map(tensorOf),
      release,
    };
  } catch (error) {
    // One that is made after all, for nobody.
    if (own.lost === null) void release();
    throw error;
  }
}

interface Call {
  readonly feeds: Feeds;
  readonly fetches: readonly string[] | null;
  readonly cache: CacheUse | null;
}

async function run(own: RuntimeThread, session: number, { feeds, fetches, cache }: Call): Promise<Record<string, Tensor>> {
  const wired = Object.entries(feeds).map(([name, { type, data, dims }]) => [name, { type, data, dims }] as const);
  const value = (await own.ask({ kind: "run", session, feeds: wired, fetches, cache })) as readonly (readonly [string, WireTensor])[];
  return Object.fromEntries(value.map(([name, tensor]) => [name, tensorOf(tensor)]));
}

function tensorOf({ type, data, dims }: WireTensor): Tensor {
  return new Tensor(type, data as Tensor.DataTypeMap[Tensor.Type], dims);
}

/** A release waits its turn, but not for a native call that never ends. */
async function ended(asked: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS);
  });
  await Promise.race([
    asked.then(
      () => undefined,
      () => undefined,
    ),
    late,
  ]);
  clearTimeout(timer);
}

/**
 * Node joins its threads before it ends, and a native call that goes on for ever cannot be joined: the process dies by a signal, the one that
 * it was to end for, where there was one.
 */
function endProcess(code: number): void {
  const signal = code === 130 ? "SIGINT" : code === 143 ? "SIGTERM" : "SIGKILL";
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
