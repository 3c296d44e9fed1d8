import { join } from "node:path";
import type { AudioMasking } from "../../audio/masks/registry.js";
import type { DecoderHints } from "../../decoding/discover.js";
import { type DecoderEngine, openDecoder } from "../../decoding/engine.js";
import { ConnectorError } from "../../errors.js";
import { repoIdentity } from "../../onnx/identity.js";
import { readOnnxFile } from "../../onnx/onnx_file.js";
import type { RowSource } from "../../onnx/rows.js";
import { openSession } from "../../onnx/session.js";
import { type LocalRepo, resolveRepo } from "../../repos/repo.js";
import type { ModelIdentity } from "../../repos/resources.js";
import { type LoadedTokenizer, loadTokenizer } from "../../text/load_tokenizer.js";
import type { Tokenizer } from "../../text/tokenizer.js";
import { joinIds } from "../../util/arrays.js";
import { type Lazy, lazy } from "../../util/lazy.js";
import { checkFits, type TextConfig } from "../causal_text/config.js";
import { templateFile } from "../causal_text/template_file.js";
import { LOAD_DEFAULTS } from "../model.js";
import type { LoadOptions } from "../types.js";
import { ClipEncoder, type EncoderShape } from "./clip_encoder.js";
import { Embedder } from "./embedder.js";
import type { EncoderInput } from "./encoder_input.js";
import type { SpeechFacts } from "./facts.js";
import { familyEncoderInput } from "./family_encoder_input.js";
import { chooseSpeechFiles, type SpeechFiles, speechFileList, speechGraphs, speechPlainFiles } from "./files.js";
import { dtypesInWords, fallbacksOf } from "./graph_files.js";
import { type Knit, knitBy } from "./knit.js";
import { openRows, sessionOptionsOf } from "./open_rows.js";
import type { MarksOf } from "./prompt.js";
import { readSpeechConfig } from "./speech_config.js";

/** Share of a batch's memory that remembered encodings may take. */
const ENCODINGS_SHARE = 1 / 8;

/** Where clips stand in a prompt. */
export interface ClipPlaces {
  readonly text: string;
  readonly id: number;
  readonly marks: MarksOf;
  readonly knit: Knit;
  /** Texts that a message may not have: they would be taken for sound. */
  readonly reserved: readonly string[];
  /** Tokens that stand for what is never fed, and those that an answer does not have besides. */
  readonly unfed: readonly number[];
  readonly undrawn: readonly number[];
  readonly between: string;
}

/** A loaded model that hears and answers in text, part by part. */
export interface SpeechParts {
  readonly repo: LocalRepo;
  readonly loaded: LoadedTokenizer;
  readonly engine: DecoderEngine;
  readonly embedder: Embedder;
  readonly encoder: Lazy<ClipEncoder>;
  /** null where the decoder looks tokens up itself. */
  readonly text: RowSource | null;
  readonly encoderInput: EncoderInput;
  readonly places: ClipPlaces;
  readonly positions: number | null;
  readonly audioMasking: AudioMasking | null;
  readonly identity: ModelIdentity;
  /** Native calls besides the decoder's. */
  readonly spent: { readonly passes: number };
}

/** Finds a repository and the files in it that the options ask for. */
export async function findSpeechRepo(
  facts: SpeechFacts,
  options: LoadOptions,
): Promise<{ readonly repo: LocalRepo; readonly files: SpeechFiles }> {
  const dtype = options.dtype === "auto" ? undefined : options.dtype;
  const filesOf = (paths: readonly string[]): SpeechFiles => chooseSpeechFiles(facts, paths, dtype, options.config.repoId);
  const repo = await resolveRepo({ ...options, variant: "audio", choose: (paths) => speechFileList(facts, paths, filesOf(paths)) });
  return { repo, files: filesOf(repo.paths) };
}

/** @throws SpecError where the repository cannot be reached as asked, ConnectorError where files are missing, damaged or not understood. */
export async function loadSpeech(facts: SpeechFacts, options: LoadOptions): Promise<SpeechParts> {
  const { repo, files } = await findSpeechRepo(facts, options);
  const graphs = speechGraphs(facts, files);
  for (const message of fallbacksOf(graphs, options.dtype)) options.onEvent?.({ kind: "log", message });
  const sessions = sessionOptionsOf(options);
  const config = await readSpeechConfig(repo.folder);
  const loaded = await loadTokenizer(repo.folder, options);
  const places = clipPlaces(facts, config.processor, loaded.tokenizer);
  const spent = { passes: 0 };
  const memory = options.memory ?? LOAD_DEFAULTS.memory;
  const text = files.text === null ? null : await openRows(repo.folder, files.text, sessions);
  // What the graph gives is known once it is opened, which most text conversations never need.
  let shape: EncoderShape | null = null;
  const encoder = lazy(async () => {
    if (files.encoder === null) throw new ConnectorError(`${repo.repo} has no audio_encoder graph: it can read, but not hear`);
    const open = await openSession(join(repo.folder, files.encoder.path), sessions);
    return new ClipEncoder(open, shape as EncoderShape, memory * ENCODINGS_SHARE, spent, memory);
  });
  const heard = familyEncoderInput(facts, config.json, await facts.frontEnd(repo.folder), encoder.get);
  shape = heard.shape;
  const embedder = new Embedder({ text, audio: null, encoder: encoder.get, soundAs: facts.soundAs?.(config.json), codebooks: 1, codes: 0 });
  const engine = await openDecoder(join(repo.folder, files.decoder.path), {
    ...sessions,
    memory: memory * (1 - ENCODINGS_SHARE),
    batchSize: options.batchSize ?? LOAD_DEFAULTS.batchSize,
    vocabulary: config.text.vocabulary ?? text?.count ?? loaded.tokenizer.vocabularySize,
    hints: speechHints(facts, places, config.text),
    accept: (io) => checkFits(config.text, io, repo.repo),
    embed: embedder.call([]).embed,
    hashes: options.hashes,
  });
  const identity = await repoIdentity(repo, {
    connector: "speech",
    dtype: dtypesInWords(graphs, files.decoder.dtype),
    provider: engine.provider,
    graphs: graphs.map(([, { path }]) => readOnnxFile(join(repo.folder, path))),
    others: speechPlainFiles(files).map((path) => join(repo.folder, path)),
    named: templateFile(options),
    hashes: options.hashes,
  });
  const { positions, audioMasking } = config;
  return {
    repo,
    loaded,
    engine,
    embedder,
    encoder,
    text,
    encoderInput: heard.encoderInput,
    places,
    positions,
    audioMasking,
    identity,
    spent,
  };
}

/** @throws ConnectorError where the tokeniser has no such token: it belongs to another model. */
export function clipPlaces({ layout }: SpeechFacts, processor: Readonly<Record<string, unknown>>, tokenizer: Tokenizer): ClipPlaces {
  const idOf = (text: string): number => {
    const id = tokenizer.tokenToId(text);
    if (id === null) throw new ConnectorError(`the tokeniser has no token ${text}, which stands for audio: it belongs to another model`);
    return id;
  };
  const { before, after, lead, trail = "", between = "", unfed = [], undrawn = [] } = layout;
  const known = (texts: readonly string[]): readonly number[] => texts.map((text) => tokenizer.tokenToId(text)).filter((id) => id !== null);
  const token = (text: string | undefined): Int32Array => (text === undefined ? new Int32Array(0) : Int32Array.of(idOf(text)));
  const [opening, closing] = [token(before), token(after)];
  const words = (text: string): Int32Array => (text === "" ? new Int32Array(0) : tokenizer.encode(text));
  const text = layout.placeholder(processor);
  const reserved = [text, before, after, ...unfed].filter((one) => one !== undefined);
  const marks: MarksOf = (clip) => ({
    before: joinIds([words(lead?.(clip) ?? ""), opening]),
    after: joinIds([closing, words(trail)]),
  });
  return { text, id: idOf(text), marks, knit: knitBy(tokenizer), reserved, between, unfed: known(unfed), undrawn: known(undrawn) };
}

/** What is known of a family's decoder, where its graph does not tell. */
export function speechHints({ besideIds }: SpeechFacts, { id, unfed }: ClipPlaces, text: TextConfig): DecoderHints {
  return besideIds === undefined ? text : { ...text, sound: { ...besideIds, placeholder: id, unfedIds: unfed, hidden: text.hidden } };
}
