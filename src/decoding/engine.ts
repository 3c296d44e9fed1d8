import { availableParallelism } from "node:os";
import { ConnectorError } from "../errors.js";
import type { RunEvent } from "../events.js";
import { findEmbeddingTable } from "../onnx/embedding_table.js";
import { findingsOf } from "../onnx/findings.js";
import { idleInputs } from "../onnx/idle_inputs.js";
import { checkDataFiles, countParameters, type OnnxFile, quantisesActivations, readOnnxFile } from "../onnx/onnx_file.js";
import { mustBeReadable, type OpenSession, openSession, providerFor, providerInWords, type SessionOptions } from "../onnx/session.js";
import { currentSignal, withSignal } from "../util/abort.js";
import { maxOf } from "../util/arrays.js";
import { chooseThreads, type ModelSize } from "./batch_size.js";
import { cacheRowBytes } from "./cache.js";
import { decode } from "./decode.js";
import { type DecoderHints, type DecoderIo, NO_HINTS } from "./discover.js";
import { type EditedFile, withCacheUpdates, withPlainAttention, withRoom, withStart, withWeightsOutside } from "./file_edits.js";
import { DecoderGraph, type Embed, type GraphOptions } from "./graph.js";
import { type HeadEdit, pickedHead } from "./head_edit.js";
import { hiddenStates } from "./hidden.js";
import { EDITS, type Edit, questionOf, readTried, type Tried, writeTried } from "./kept_plan.js";
import { type Feeder, PrefixSnapshots } from "./prefill.js";
import { type Capabilities, changesHold } from "./probe.js";
import { type ForcedOptions, force, type ScoreTargets, scoreTargets } from "./score.js";
import type { DecodeOptions } from "./step_policy.js";
import { tryOut } from "./tried.js";

/** Part of the memory in which caches are kept for the next ones. */
const POOLED = 0.5;
/** Bytes of a row's caches per token below which fetching them whole costs nothing. */
const LARGE_CACHE = 8192;
/** Entries of a vocabulary below which a token's logits are nothing beside its pass. */
const LARGE_VOCABULARY = 8192;

export interface EngineOptions extends SessionOptions {
  /** Bytes that one batch may take. */
  readonly memory: number;
  /** Rows of a batch at most; null = by memory and work. 1 runs every prompt alone, from its first token. */
  readonly batchSize: number | null;
  /** Feed what several prompts start with once. @default true */
  readonly shareStarts?: boolean;
  /** Where the metadata does not tell, from config.json. */
  readonly vocabulary: number;
  /** For an `inputs_embeds` graph, or one that takes rows of sound beside ids. */
  readonly embed?: Embed;
  /** Bytes of a row's caches per token from which on only what is new of them is fetched, and their memory used again. @default 8192 */
  readonly largeCache?: number;
  /** Entries of a vocabulary from which on logits that nobody reads are not computed, and scores are taken inside of the graph. @default 8192 */
  readonly largeVocabulary?: number;
  /** What the configuration says where the metadata does not. */
  readonly hints?: DecoderHints | undefined;
  /** Asked before anything is run. @throws where the graph is not the one that was meant. */
  readonly accept?: (io: DecoderIo) => void;
}

/** A decoder with the best plan that its graph allows. Its caches serve one call at a time: who is called by several at once queues. */
export interface DecoderEngine {
  readonly onnx: OnnxFile;
  readonly io: DecoderIo;
  readonly provider: string;
  readonly can: Capabilities;
  readonly spent: { readonly tokens: number; readonly passes: number };
  /** The last positions' hidden states can be had. */
  readonly hasHidden: boolean;
  /** The plan in words. */
  readonly plan: string;
  decode(prompts: readonly Int32Array[], options: DecodeOptions): Promise<void>;
  force(prompts: readonly Int32Array[], options: ForcedOptions): Promise<void>;
  score(prompts: readonly Int32Array[], options: ScoreTargets): Promise<readonly Float64Array[]>;
  /** Per row `[row.length, hidden]` row-major; only where `hasHidden`. */
  hiddenStates(rows: readonly Int32Array[], signal?: AbortSignal, embed?: Embed): Promise<readonly Float32Array[]>;
  release(): Promise<void>;
}

/**
 * Opens a decoder graph, finds what it is fed, and tries what it can do.
 * @param path absolute path of the ONNX file.
 * @throws ConnectorError where it cannot be loaded or its inputs are not understood.
 */
export async function openDecoder(path: string, settings: EngineOptions): Promise<DecoderEngine> {
  const onnx = await describe(path, settings);
  const options = { ...settings, hints: { ...(settings.hints ?? NO_HINTS), idle: idleInputs(onnx) } };
  const threads = chooseThreads(options.threads, countParameters(onnx), availableParallelism());
  const findings = await findingsOf(onnx, options.hashes, questionOf({ ...options, threads }));
  const kept = readTried(await findings.get());
  const { graph, edit, picks } = await openGraph(onnx, { ...options, threads, read: onnx }, kept);
  const vocabulary = graph.io.logits.vocabulary ?? options.vocabulary;
  const found = await understood(graph, async () => {
    options.accept?.(graph.io);
    return kept?.edit === edit && kept.picks === picks ? kept.can : await tryOut(graph, onnx, vocabulary);
  });
  if (found !== kept?.can) await findings.set(writeTried({ edit, picks, can: found }));
  const can = options.batchSize === 1 || quantisesActivations(onnx) ? { ...found, ...ONE_BY_ONE } : found;
  const feeder: Feeder = {
    graph,
    can,
    size: modelSize(graph.io, onnx, vocabulary),
    limits: { memory: options.memory, threads, maxRows: options.batchSize, accelerated: graph.provider !== "cpu" },
    share: options.shareStarts !== false,
    snapshots: new PrefixSnapshots(),
  };
  const call = <T>({ embed, signal }: Call, work: (own: Feeder) => Promise<T>): Promise<T> =>
    withSignal(signal, () => graph.during(embed, (own) => work({ ...feeder, graph: own })));
  const plan = planInWords(can, graph);
  options.onEvent?.({ kind: "log", message: `plan: ${plan}` });
  return {
    onnx,
    io: graph.io,
    provider: providerInWords(graph.provider),
    can,
    spent: graph.spent,
    hasHidden: graph.io.hidden !== null,
    plan,
    decode: (prompts, o) => call(o, (own) => decode(own, prompts, o)),
    force: (prompts, o) => call(o, (own) => force(own, prompts, o)),
    score: (prompts, o) => call(o, (own) => scoreTargets(own, prompts, o)),
    hiddenStates: (rows, signal, embed) => call({ signal, embed }, (own) => hiddenStates(own, rows, signal)),
    release: () => graph.release(),
  };
}

/** A graph that turns out to be another than was meant is closed. */
async function understood<T>(graph: DecoderGraph, check: () => Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (error) {
    await graph.release();
    throw error;
  }
}

interface Call {
  readonly signal?: AbortSignal | undefined;
  readonly embed?: Embed | undefined;
}

async function describe(path: string, options: EngineOptions): Promise<OnnxFile> {
  await mustBeReadable(path);
  try {
    const onnx = readOnnxFile(path);
    checkDataFiles(onnx);
    return onnx;
  } catch (error) {
    if (error instanceof ConnectorError && error.cause === undefined) throw error;
    // The runtime tells better what is wrong with the file.
    const { session } = await openSession(path, options);
    await session.release();
    throw error;
  }
}

/** A graph, and how its file was changed. */
interface OpenedGraph {
  readonly graph: DecoderGraph;
  readonly edit: Edit;
  /** Its head as well. */
  readonly picks: boolean;
}

/**
 * As its file stands, or changed in what makes it faster, where the change is what it looks like.
 * @param kept what was found before: which change held.
 */
async function openGraph(onnx: OnnxFile, options: EngineOptions, kept: Tried | null): Promise<OpenedGraph> {
  for (const head of headsOf(onnx, options, kept)) {
    for (const edit of kept === null ? EDITS : [kept.edit]) {
      const graph = await openEdited(onnx, await edited(onnx, edit, head, options), { ...options, trusted: kept !== null });
      if (graph !== null) return { graph, edit, picks: head !== null };
    }
  }
  const plain = { embed: options.embed ?? null, hints: options.hints };
  return { graph: await graphOf(await openSession(onnx.path, options), plain), edit: "none", picks: false };
}

/** Changes of the head to open a graph with, the best first; null = none. */
function headsOf(
  onnx: OnnxFile,
  { largeVocabulary = LARGE_VOCABULARY, hints }: EngineOptions,
  kept: Tried | null,
): readonly (HeadEdit | null)[] {
  if (kept?.picks === false || quantisesActivations(onnx)) return [null];
  const head = pickedHead(onnx, hints?.names?.outputs.logits ?? "logits", largeVocabulary);
  return head === null ? [null] : [head, null];
}

/** null where there is nothing to change. */
async function edited(onnx: OnnxFile, edit: Edit, head: HeadEdit | null, { hints, device }: EngineOptions): Promise<EditedFile | null> {
  // On every device: CUDA has the operator for half precision alone, and no device takes several rows with several tokens on a past.
  if (edit === "attention") return await withPlainAttention(onnx, hints?.headDim ?? null, { head, starts: await onCpu(device) });
  if (edit === "start") return (await onCpu(device)) ? withStart(onnx, head) : null;
  if (edit === "room") return withRoom(onnx, head);
  if (edit === "updates") return withCacheUpdates(onnx, head);
  return edit === "outside" ? withWeightsOutside(onnx, head) : null;
}

/** Elsewhere starts were not tried. */
async function onCpu(device: EngineOptions["device"]): Promise<boolean> {
  return device === "cpu" || (device === "auto" && (await providerFor({ device })) === "cpu");
}

async function graphOf(opened: OpenSession, options: GraphOptions): Promise<DecoderGraph> {
  try {
    return new DecoderGraph(opened, options);
  } catch (error) {
    await opened.session.release();
    throw error;
  }
}

/** null where the runtime refuses the file so edited: opening it as it stands tells what is wrong with it, or does without. */
async function openEdited(onnx: OnnxFile, file: EditedFile | null, options: EditOptions): Promise<DecoderGraph | null> {
  if (file === null) return null;
  const events: RunEvent[] = [];
  const opened = await openSession(onnx.path, { ...options, onEvent: (event) => events.push(event) }, file.model).catch(nullUnlessAborted);
  // Memory is kept for caches that stay where they are.
  const pooled = file.updates.size === 0 ? 0 : options.memory * POOLED;
  const settings = { embed: options.embed ?? null, hints: options.hints, updates: file.updates, pooled };
  const graph = opened === null ? null : await changed(opened, settings, options);
  if (graph !== null) for (const event of events) options.onEvent?.(event);
  return graph;
}

function nullUnlessAborted(): null {
  currentSignal()?.throwIfAborted();
  return null;
}

interface EditOptions extends EngineOptions {
  /** The change was found to hold. */
  readonly trusted: boolean;
}

/** null, the session released, where the graph does not do what its nodes say. @throws ConnectorError where its inputs are not understood. */
async function changed(
  opened: OpenSession,
  options: GraphOptions,
  { largeCache = LARGE_CACHE, trusted }: EditOptions,
): Promise<DecoderGraph | null> {
  const plain = await graphOf(opened, { ...options, updates: new Map() });
  const updating = cacheRowBytes(plain.io.caches).perToken < largeCache ? plain : await graphOf(opened, options);
  if (trusted || (!updating.fetchesUpdates && plain.io.picked === null)) return updating;
  try {
    if (await plain.during(undefined, (whole) => updating.during(undefined, (tried) => changesHold(tried, whole)))) return updating;
  } catch {
    // Refused where a plain pass may not be: same answer.
    currentSignal()?.throwIfAborted();
  }
  await opened.session.release();
  return null;
}

function modelSize(io: DecoderIo, onnx: OnnxFile, vocabulary: number): ModelSize {
  const keys = io.caches.filter((slot) => slot.kind === "key");
  const cached = maxOf(
    keys.map((slot) => slot.dims.reduce<number>((product, dim) => product * (dim ?? 1), 1)),
    1,
  );
  const headDim = maxOf(
    keys.map((slot) => slot.dims.at(-1) ?? 1),
    1,
  );
  // Queries have as many heads as make up the hidden size, of which several may share a cached one.
  const width = Math.max(cached, io.input.hidden ?? io.hidden?.size ?? findEmbeddingTable(onnx)?.hidden ?? 4 * cached);
  const { perToken, fixed } = cacheRowBytes(io.caches);
  const attention = { layers: keys.length, heads: Math.ceil(width / headDim), width };
  const picks = io.picked !== null;
  return { parameters: countParameters(onnx), vocabulary, picks, cacheBytesPerToken: perToken, stateBytes: fixed, attention };
}

const ONE_BY_ONE = {
  rowsIndependent: false,
  batch: false,
  stepBatch: false,
  chunkBatch: false,
  chunkSingle: false,
  raggedPasses: false,
  raggedSteps: false,
};

function rowsInWords({ batch, raggedPasses, raggedSteps }: Capabilities): string {
  if (!batch) return "one row at a time";
  if (!raggedPasses) return "batches of equal length";
  return raggedSteps ? "batches of any lengths" : "batches of any lengths, answers of equal ones";
}

function planInWords(can: Capabilities, { fetchesUpdates, readsStarts }: DecoderGraph): string {
  const parts = can.rowsIndependent ? [rowsInWords(can)] : ["each prompt alone and whole"];
  if (can.rowsIndependent) {
    if (can.chunkBatch) parts.push(`shared prefix copied to every row${readsStarts ? ", a long one read in place for scores" : ""}`);
    else parts.push(can.chunkSingle ? "shared prefix, then row by row" : "every prompt whole");
  }
  if (!can.cache) parts.push("no cache");
  else if (fetchesUpdates) parts.push("of caches only what is new is fetched");
  if (can.logitsToKeep) parts.push("only the logits that are read");
  return parts.join(", ");
}
