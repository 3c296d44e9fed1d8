import { join } from "node:path";
import type { Tensor } from "onnxruntime-node";
import { readContextWindow } from "../chat/context_window.js";
import type { LoadOptions, Matrix } from "../connectors/types.js";
import { ConnectorError } from "../errors.js";
import type { OnEvent, RunOptions } from "../events.js";
import { repoIdentity } from "../onnx/identity.js";
import { readOnnxFile } from "../onnx/onnx_file.js";
import type { Session } from "../onnx/runtime.js";
import { openSession } from "../onnx/session.js";
import { int64Tensor, toFloat32 } from "../onnx/tensors.js";
import { configFiles, dataFilesOf, dtypeFor, findGraphFile } from "../repos/model_files.js";
import { readJsonObject } from "../repos/read_files.js";
import { resolveRepo } from "../repos/repo.js";
import type { ModelIdentity, Resources } from "../repos/resources.js";
import { openTokenizer } from "../text/model_tokenizer.js";
import { checkTokenizerJson } from "../text/tokenizer_json.js";
import { withSignal } from "../util/abort.js";
import type { Embed } from "./types.js";

/** A sentence encoder that is loaded. */
export interface Encoder {
  /** One row a token of the answer's text (special tokens included); none for a blank text. An encoder that pools by itself gives one row. */
  readonly embed: Embed;
  readonly identity: ModelIdentity;
  dispose(): Promise<void>;
}

export type EncoderOptions = Resources & Pick<LoadOptions, "config" | "dtype">;

/** Token ids of a text, special tokens included, cut to what the encoder takes. */
type Tokenize = (text: string) => readonly number[];

const GRAPHS = ["model", "encoder_model"] as const;
/** Tokens of one native call, so that it stays short. */
const TOKENS_PER_CALL = 1024;

/**
 * Loads a sentence-embedding model (BERT and its like, as exported for sentence-transformers): tokenizer.json and a graph that takes
 * `input_ids` and gives `last_hidden_state`, `token_embeddings` or `sentence_embedding`.
 * @throws SpecError where the repository cannot be reached as asked, ConnectorError where it is no such model.
 */
export async function loadEncoder(options: EncoderOptions): Promise<Encoder> {
  return await withSignal(options.signal, () => open(options));
}

async function open(options: EncoderOptions): Promise<Encoder> {
  const dtype = dtypeFor(options.dtype, "encoder");
  const name = options.config.repoId;
  const choose = (paths: readonly string[]): readonly string[] => {
    const graph = findGraphFile(paths, GRAPHS, dtype, name);
    return [...configFiles(paths), ...dataFilesOf(paths, graph), graph];
  };
  const repo = await resolveRepo({ ...options, variant: "text", choose });
  const path = join(repo.folder, findGraphFile(repo.paths, GRAPHS, dtype, name));
  const tokenize = await loadTokenize(repo.folder, options.onEvent);
  const { session, provider } = await openSession(path, {
    device: options.device ?? "auto",
    threads: options.threads ?? 0,
    onEvent: options.onEvent,
  });
  try {
    const io = discoverIo(session, path);
    const identity = await repoIdentity(repo, {
      connector: "encoder",
      dtype,
      provider,
      graphs: [readOnnxFile(path)],
      hashes: options.hashes,
    });
    const textsOf = (responses: readonly { readonly text: string }[]): readonly string[] => responses.map(({ text }) => text);
    return {
      embed: (responses, run) => withSignal(run.signal, () => embedTexts(textsOf(responses), tokenize, session, io, run)),
      identity,
      dispose: () => session.release(),
    };
  } catch (error) {
    await session.release();
    throw error;
  }
}

async function loadTokenize(folder: string, onEvent: OnEvent | undefined): Promise<Tokenize> {
  const json = await readJsonObject(folder, "tokenizer.json");
  const config = await readJsonObject(folder, "tokenizer_config.json");
  if (json === null || config === null)
    throw new ConnectorError(`the encoder's tokeniser in ${folder} cannot be loaded: it needs tokenizer.json and tokenizer_config.json`);
  checkTokenizerJson(json, join(folder, "tokenizer.json"));
  const tokenizer = openTokenizer(json, config, folder);
  const { model_max_length: most } = config;
  const limit = await longestInput(folder, typeof most === "number" ? most : undefined);
  let warned = false;
  return (text) => {
    const ids = tokenizer.encode(text, true);
    if (ids.length <= limit) return ids;
    if (!warned)
      onEvent?.({ kind: "warning", message: `the encoder takes ${limit} tokens: longer answers are compared by their beginnings` });
    warned = true;
    return shortened(ids, tokenizer.encode(text, false), limit);
  };
}

/** The text's own tokens are cut, those that stand around them stay. */
function shortened(ids: readonly number[], own: readonly number[], limit: number): readonly number[] {
  const around = ids.length - own.length;
  let head = 0;
  while (head < around && !own.every((id, i) => id === ids[head + i])) head++;
  return [...ids.slice(0, head), ...own.slice(0, Math.max(0, limit - around)), ...ids.slice(head + own.length)];
}

async function longestInput(folder: string, ofTokenizer: number | undefined): Promise<number> {
  const window = (await readContextWindow(folder)) ?? Number.POSITIVE_INFINITY;
  return Math.min(ofTokenizer ?? Number.POSITIVE_INFINITY, window - (await unusedPositions(folder)));
}

/** RoBERTa and its kin count positions from the one after the padding token's id: 514 take 512 tokens. */
const COUNTED_FROM_PADDING = /^(xlm-)?(roberta|camembert|mpnet|longformer)/;

async function unusedPositions(folder: string): Promise<number> {
  // Most folders have a config.json; one that is there must be one.
  const config = (await readJsonObject(folder, "config.json")) ?? {};
  const shifted = typeof config.model_type === "string" && COUNTED_FROM_PADDING.test(config.model_type);
  return shifted ? (typeof config.pad_token_id === "number" ? config.pad_token_id : 1) + 1 : 0;
}

interface EncoderIo {
  readonly inputs: readonly string[];
  readonly output: string;
}

const OUTPUTS = ["last_hidden_state", "token_embeddings", "sentence_embedding"];

function discoverIo({ inputNames, outputNames }: Session, path: string): EncoderIo {
  const known = ["input_ids", "attention_mask", "token_type_ids"];
  const strange = inputNames.filter((input) => !known.includes(input));
  if (!inputNames.includes("input_ids") || strange.length > 0) {
    throw new ConnectorError(`${path} is no sentence encoder: its inputs are ${inputNames.join(", ")}; known are ${known.join(", ")}`);
  }
  const output = OUTPUTS.find((candidate) => outputNames.includes(candidate));
  if (output === undefined) {
    throw new ConnectorError(`${path} is no sentence encoder: its outputs are ${outputNames.join(", ")}; known are ${OUTPUTS.join(", ")}`);
  }
  return { inputs: inputNames, output };
}

async function embedTexts(
  texts: readonly string[],
  tokenize: Tokenize,
  session: Session,
  io: EncoderIo,
  run: RunOptions,
): Promise<readonly Matrix[]> {
  const matrices = texts.map((): Matrix => ({ rows: 0, columns: 0, data: new Float32Array(0) }));
  const rows = texts.map((text) => (text.trim() === "" ? [] : tokenize(text)));
  for (const batch of equalLengths(rows)) {
    run.signal?.throwIfAborted();
    const found = await runBatch(
      batch.map((index) => rows[index] as readonly number[]),
      session,
      io,
    );
    batch.forEach((index, i) => {
      matrices[index] = found[i] as Matrix;
    });
  }
  return matrices;
}

/** Indices of rows that are fed together: of one length, so that nothing is padded. */
function equalLengths(rows: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const byLength = new Map<number, number[][]>();
  rows.forEach(({ length }, index) => {
    if (length === 0) return;
    const batches = byLength.get(length) ?? [];
    const last = batches.at(-1);
    if (last === undefined || (last.length + 1) * length > TOKENS_PER_CALL) batches.push([index]);
    else last.push(index);
    byLength.set(length, batches);
  });
  return [...byLength.values()].flat();
}

/** @param rows of one length. */
async function runBatch(rows: readonly (readonly number[])[], session: Session, { inputs, output }: EncoderIo): Promise<readonly Matrix[]> {
  const dims = [rows.length, (rows[0] as readonly number[]).length];
  const size = rows.length * (dims[1] as number);
  const values: Readonly<Record<string, ArrayLike<number>>> = {
    input_ids: rows.flat(),
    attention_mask: new Uint8Array(size).fill(1),
    token_type_ids: new Uint8Array(size),
  };
  const feeds = Object.fromEntries(inputs.map((name) => [name, int64Tensor(values[name] as ArrayLike<number>, dims)]));
  const result = await session.run(feeds, [output]);
  const tensor = result[output] as Tensor;
  const columns = tensor.dims.at(-1) as number;
  const data = toFloat32(tensor);
  const each = data.length / rows.length;
  return rows.map((_, i) => ({ rows: each / columns, columns, data: data.slice(i * each, (i + 1) * each) }));
}
