// @ts-check
/**
 * The thread that runs the native runtime (started by runtime.ts). A native call cannot be interrupted, and it puts its thread into a mode in
 * which denormal numbers are zero: neither must happen to the thread of whoever uses this package. Plain JavaScript, since threads are
 * started from the sources and from the build alike.
 */
import { parentPort, workerData } from "node:worker_threads";
import { env, InferenceSession, Tensor } from "onnxruntime-node";
import { halfBuffer } from "./float16.js";
import { KeptCaches } from "./kept_caches.js";

/** @typedef {import("./runtime.js").Request} Request */
/** @typedef {import("./runtime.js").Notice} Notice */
/** @typedef {import("./runtime.js").WireTensor} WireTensor */
/** @typedef {import("./row_cache.js").CacheUse} CacheUse */

if (parentPort === null) throw new Error("host.js is the entry of a worker thread");
const port = parentPort;
// Before the first session: what the runtime finds on this machine, and what it does not, is its own affair.
env.logLevel = "fatal";
/** Read by whoever ends the process: a thread in a native call cannot be joined. */
const busy = /** @type {Int32Array} */ (workerData);

/** @type {Map<number, {readonly graph: InferenceSession, readonly caches: KeptCaches}>} */
const sessions = new Map();
/** Memory that shared arrays are copied to, a session's inputs by name: the runtime takes none that is shared. @type {Map<number, Map<string, ArrayBuffer>>} */
const scratch = new Map();

/** One after the other, in the order of arrival: so do the native calls. @type {Promise<void>} */
let last = Promise.resolve();
port.on("message", (/** @type {Request | Notice} */ message) => {
  last = last.then(() => (message.kind === "caches" ? sessions.get(message.session)?.caches.apply(message.change) : answer(message)));
});

/** @param {Request} request */
async function answer(request) {
  Atomics.store(busy, 0, 1);
  try {
    const { value, transfer } = await perform(request);
    port.postMessage({ id: request.id, value }, transfer);
  } catch (error) {
    port.postMessage({ id: request.id, error: error instanceof Error ? error.message : String(error) });
  } finally {
    Atomics.store(busy, 0, 0);
    Atomics.notify(busy, 0);
  }
}

/**
 * @param {Request} request
 * @returns {Promise<{value: unknown, transfer: ArrayBuffer[]}>}
 */
async function perform(request) {
  if (request.kind === "create") return { value: await create(request), transfer: [] };
  if (request.kind === "run") return await run(request);
  if (request.kind === "read") return { value: read(request), transfer: [] };
  const session = sessions.get(request.session);
  sessions.delete(request.session);
  scratch.delete(request.session);
  await session?.graph.release();
  return { value: null, transfer: [] };
}

/** @param {Extract<Request, {kind: "create"}>} request */
async function create({ session: key, model, options }) {
  const graph = typeof model === "string" ? await InferenceSession.create(model, options) : await InferenceSession.create(model, options);
  sessions.set(key, { graph, caches: new KeptCaches() });
  scratch.set(key, new Map());
  const { inputNames, outputNames, inputMetadata, outputMetadata } = graph;
  return { inputNames, outputNames, inputMetadata, outputMetadata };
}

/** @param {number} key */
function opened(key) {
  const session = sessions.get(key);
  if (session === undefined) throw new Error("the session was released");
  return session;
}

/** @param {Extract<Request, {kind: "run"}>} request */
async function run({ session: key, feeds, fetches, cache }) {
  const { graph, caches } = opened(key);
  /** @type {Record<string, Tensor>} */
  const inputs = {};
  for (const [name, tensor] of feeds) inputs[name] = new Tensor(tensor.type, own(key, name, tensor.data), tensor.dims);
  if (cache !== null) Object.assign(inputs, slotsOf(caches, cache), cache.start === null ? {} : slotsOf(caches, cache.start));
  const outputs = fetches === null ? await graph.run(inputs) : await graph.run(inputs, fetches);
  const growth = cache?.growth ?? null;
  if (cache !== null && growth !== null) caches.grow(cache.id, growth, outputs);
  const kept = new Set(growth?.outputs.map(({ name }) => name));
  /** @type {[string, WireTensor][]} */
  const value = [];
  /** @type {Set<ArrayBuffer>} */
  const transfer = new Set();
  for (const [name, { type, data, dims }] of Object.entries(outputs)) {
    if (kept.has(name)) continue;
    value.push([name, { type, data, dims }]);
    if (ArrayBuffer.isView(data) && data.buffer instanceof ArrayBuffer) transfer.add(data.buffer);
  }
  return { value, transfer: [...transfer] };
}

/**
 * @param {KeptCaches} caches
 * @param {Pick<CacheUse, "id" | "inputs">} use
 */
function slotsOf(caches, { id, inputs }) {
  return Object.fromEntries(
    caches.slots(id).map(({ type, data, dims }, i) => {
      const values = type === "float16" ? halfBuffer(/** @type {Uint16Array} */ (data)) : data;
      return [inputs[i], new Tensor(type, values, dims)];
    }),
  );
}

/** Copies, since a cache goes on. @param {Extract<Request, {kind: "read"}>} request @returns {WireTensor[]} */
function read({ session, cache }) {
  return opened(session)
    .caches.slots(cache)
    .map(({ type, data, dims }) => ({ type, data: data.slice(), dims }));
}

/**
 * @param {number} key
 * @param {string} name
 * @param {WireTensor["data"]} data
 * @returns {WireTensor["data"]}
 */
function own(key, name, data) {
  if (!ArrayBuffer.isView(data) || !(data.buffer instanceof SharedArrayBuffer)) return data;
  const memory = scratch.get(key);
  const kept = memory?.get(name);
  // What is left free by a smaller batch goes, lest one large batch holds its memory for ever.
  const fits = kept !== undefined && kept.byteLength >= data.byteLength && kept.byteLength <= 4 * data.byteLength + 65_536;
  const buffer = fits ? kept : new ArrayBuffer(data.byteLength);
  memory?.set(name, buffer);
  new Uint8Array(buffer, 0, data.byteLength).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  const View = /** @type {new (buffer: ArrayBuffer, at: number, length: number) => Float32Array} */ (data.constructor);
  return new View(buffer, 0, data.byteLength / data.BYTES_PER_ELEMENT);
}
