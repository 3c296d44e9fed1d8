import { join } from "node:path";
import type { Tensor } from "onnxruntime-node";
import { readContextWindow } from "../chat/context_window.js";
import type { LoadOptions } from "../connectors/types.js";
import { ConnectorError } from "../errors.js";
import { repoIdentity } from "../onnx/identity.js";
import { readOnnxFile } from "../onnx/onnx_file.js";
import type { Session } from "../onnx/runtime.js";
import { openSession } from "../onnx/session.js";
import { int64Tensor } from "../onnx/tensors.js";
import { configFiles, dataFilesOf, dtypeFor, findGraphFile } from "../repos/model_files.js";
import { readJsonObject } from "../repos/read_files.js";
import { resolveRepo } from "../repos/repo.js";
import type { ModelIdentity, Resources } from "../repos/resources.js";
import { type ModelTokenizer, openTokenizer } from "../text/model_tokenizer.js";
import { checkTokenizerJson } from "../text/tokenizer_json.js";

export type TextGraphOptions = Resources & Pick<LoadOptions, "config" | "dtype">;

/** A graph that takes texts of tokens (BERT and its like), with its tokeniser. */
export interface TextGraph {
  readonly session: Session;
  /** Of the graph. */
  readonly path: string;
  /** Content of config.json; empty where there is none. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly tokenizer: ModelTokenizer;
  /** Tokens of one text at most, special tokens included. */
  readonly limit: number;
  readonly identity: ModelIdentity;
}

const GRAPHS = ["model", "encoder_model"] as const;
const INPUTS = ["input_ids", "attention_mask", "token_type_ids"];
/** Tokens of one native call, so that it stays short. */
const TOKENS_PER_CALL = 1024;

/**
 * Opens tokenizer.json and a graph that takes `input_ids`.
 * @param what it is, for messages and identities.
 * @throws SpecError where the repository cannot be reached as asked, ConnectorError where it is no such model.
 */
export async function openTextGraph(
  options: TextGraphOptions,
  what: { readonly connector: string; readonly name: string },
): Promise<TextGraph> {
  const dtype = dtypeFor(options.dtype, "encoder");
  const name = options.config.repoId;
  const choose = (paths: readonly string[]): readonly string[] => {
    const graph = findGraphFile(paths, GRAPHS, dtype, name);
    return [...configFiles(paths), ...dataFilesOf(paths, graph), graph];
  };
  const repo = await resolveRepo({ ...options, variant: "text", choose });
  const path = join(repo.folder, findGraphFile(repo.paths, GRAPHS, dtype, name));
  const { tokenizer, limit: ofTokenizer } = await loadTokenizer(repo.folder, what.name);
  // Most folders have a config.json; one that is there must be one.
  const config = (await readJsonObject(repo.folder, "config.json")) ?? {};
  const window = (await readContextWindow(repo.folder)) ?? Number.POSITIVE_INFINITY;
  const limit = Math.min(ofTokenizer, window - unusedPositions(config));
  const { session, provider } = await openSession(path, {
    device: options.device ?? "auto",
    threads: options.threads ?? 0,
    onEvent: options.onEvent,
  });
  try {
    requireInputs(session, path, what.name);
    const graphs = [readOnnxFile(path)];
    const identity = await repoIdentity(repo, { connector: what.connector, dtype, provider, graphs, hashes: options.hashes });
    return { session, path, config, tokenizer, limit, identity };
  } catch (error) {
    await session.release();
    throw error;
  }
}

async function loadTokenizer(folder: string, name: string): Promise<{ readonly tokenizer: ModelTokenizer; readonly limit: number }> {
  const json = await readJsonObject(folder, "tokenizer.json");
  const config = await readJsonObject(folder, "tokenizer_config.json");
  if (json === null || config === null)
    throw new ConnectorError(`the ${name}'s tokeniser in ${folder} cannot be loaded: it needs tokenizer.json and tokenizer_config.json`);
  checkTokenizerJson(json, join(folder, "tokenizer.json"));
  const { model_max_length: most } = config;
  return { tokenizer: openTokenizer(json, config, folder), limit: typeof most === "number" ? most : Number.POSITIVE_INFINITY };
}

/** RoBERTa and its kin count positions from the one after the padding token's id: 514 take 512 tokens. */
const COUNTED_FROM_PADDING = /^(xlm-)?(roberta|camembert|mpnet|longformer)/;

function unusedPositions(config: Readonly<Record<string, unknown>>): number {
  const shifted = typeof config.model_type === "string" && COUNTED_FROM_PADDING.test(config.model_type);
  return shifted ? (typeof config.pad_token_id === "number" ? config.pad_token_id : 1) + 1 : 0;
}

function requireInputs({ inputNames }: Session, path: string, name: string): void {
  const strange = inputNames.filter((input) => !INPUTS.includes(input));
  if (inputNames.includes("input_ids") && strange.length === 0) return;
  throw new ConnectorError(`${path} is no ${name}: its inputs are ${inputNames.join(", ")}; known are ${INPUTS.join(", ")}`);
}

/** A text as it is fed. */
export interface FedText {
  readonly ids: readonly number[];
  /** Which text of a pair each token is of. @default all of the first */
  readonly types?: readonly number[];
}

/** Indices of texts that are fed together: of one length, so that nothing is padded. Those without a token are left out. */
export function equalLengths(texts: readonly FedText[]): readonly (readonly number[])[] {
  const byLength = new Map<number, number[][]>();
  texts.forEach(({ ids: { length } }, index) => {
    if (length === 0) return;
    const batches = byLength.get(length) ?? [];
    const last = batches.at(-1);
    if (last === undefined || (last.length + 1) * length > TOKENS_PER_CALL) batches.push([index]);
    else last.push(index);
    byLength.set(length, batches);
  });
  return [...byLength.values()].flat();
}

/** @param texts of one length. */
export async function runTexts(texts: readonly FedText[], session: Session, output: string): Promise<Tensor> {
  const length = texts[0]?.ids.length ?? 0;
  const size = texts.length * length;
  const values: Readonly<Record<string, ArrayLike<number>>> = {
    input_ids: texts.flatMap(({ ids }) => ids),
    attention_mask: new Uint8Array(size).fill(1),
    token_type_ids: texts.flatMap(({ types }) => types ?? new Array<number>(length).fill(0)),
  };
  const feeds = Object.fromEntries(
    session.inputNames.map((name) => [name, int64Tensor(values[name] as ArrayLike<number>, [texts.length, length])]),
  );
  return (await session.run(feeds, [output]))[output] as Tensor;
}
