import { join } from "node:path";
import { type DecoderEngine, openDecoder } from "../../../../decoding/engine.js";
import { ConnectorError } from "../../../../errors.js";
import { repoIdentity } from "../../../../onnx/identity.js";
import { readOnnxFile } from "../../../../onnx/onnx_file.js";
import type { RowSource } from "../../../../onnx/rows.js";
import { openSession, type SessionOptions } from "../../../../onnx/session.js";
import type { HashStore } from "../../../../repos/local_files.js";
import { type LocalRepo, resolveRepo } from "../../../../repos/repo.js";
import type { ModelIdentity } from "../../../../repos/resources.js";
import { type LoadedTokenizer, loadTokenizer } from "../../../../text/load_tokenizer.js";
import { type Lazy, lazy } from "../../../../util/lazy.js";
import { LOAD_DEFAULTS } from "../../../model.js";
import type { LoadOptions } from "../../../types.js";
import { ClipEncoder } from "../../clip_encoder.js";
import { Embedder } from "../../embedder.js";
import { openRows, sessionOptionsOf } from "../../open_rows.js";
import { type LiquidConfig, readLiquidConfig } from "./config.js";
import { lfm2Encoder } from "./encoder_input.js";
import { chooseLiquidFiles, dtypeInWords, fallbacksInWords, graphsOf, type LiquidFiles, liquidFileList, plainFilesOf } from "./files.js";
import { cannotSpeak, type SpeechOut, speechOut } from "./speech_out.js";
import { END_OF_AUDIO, type SpecialIds, specialIds } from "./tokens.js";

/** Share of a batch's memory that remembered encodings may take. */
const ENCODINGS_SHARE = 1 / 8;

/** A loaded Liquid audio model, part by part. */
export interface LiquidParts {
  readonly repo: LocalRepo;
  readonly files: LiquidFiles;
  readonly config: LiquidConfig;
  readonly loaded: LoadedTokenizer;
  readonly ids: SpecialIds;
  readonly engine: DecoderEngine;
  readonly embedder: Embedder;
  readonly encoder: Lazy<ClipEncoder>;
  readonly text: RowSource;
  readonly audio: Lazy<RowSource>;
  readonly speech: SpeechOut;
  readonly identity: ModelIdentity;
  /** Native calls besides the decoder's. */
  readonly spent: { readonly passes: number };
}

/** Finds a repository and the files in it that the options ask for. */
export async function findLiquidRepo(options: LoadOptions): Promise<{ readonly repo: LocalRepo; readonly files: LiquidFiles }> {
  const { repoId } = options.config;
  const filesOf = (paths: readonly string[]): LiquidFiles =>
    chooseLiquidFiles(paths, options.dtype === "auto" ? undefined : options.dtype, repoId);
  const repo = await resolveRepo({ ...options, variant: "audio", choose: (paths) => liquidFileList(paths, filesOf(paths)) });
  return { repo, files: filesOf(repo.paths) };
}

/** @throws SpecError where the repository cannot be reached as asked, ConnectorError where files are missing, damaged or not understood. */
export async function loadLiquid(options: LoadOptions): Promise<LiquidParts> {
  const { repo, files } = await findLiquidRepo(options);
  for (const message of fallbacksInWords(files, options.dtype)) options.onEvent?.({ kind: "log", message });
  const sessions = sessionOptionsOf(options);
  const config = await readLiquidConfig(repo.folder, files.melConfig);
  const loaded = await loadTokenizer(repo.folder);
  const ids = specialIds(loaded.tokenizer);
  const spent = { passes: 0 };
  const memory = options.memory ?? LOAD_DEFAULTS.memory;
  const text = await openRows(repo.folder, files.text, sessions);
  const audio = lazy(() => openAudioRows(repo, files, config, sessions));
  const encoder = lazy(async () => {
    if (files.encoder === null) throw new ConnectorError(`${repo.repo} has no audio_encoder graph: it can read, but not hear`);
    return new ClipEncoder(
      await openSession(join(repo.folder, files.encoder.path), sessions),
      lfm2Encoder(config.encoderHeads),
      memory * ENCODINGS_SHARE,
      spent,
      memory,
    );
  });
  const embedder = new Embedder({
    text,
    audio: audio.get,
    encoder: encoder.get,
    codebooks: config.codebooks,
    codes: END_OF_AUDIO + 1,
  });
  const engine = await openDecoder(join(repo.folder, files.decoder.path), {
    ...sessions,
    memory: memory * (1 - ENCODINGS_SHARE),
    batchSize: options.batchSize ?? LOAD_DEFAULTS.batchSize,
    vocabulary: config.vocabulary ?? text.count ?? loaded.tokenizer.vocabularySize,
    embed: embedder.call([]).embed,
    hashes: options.hashes,
  });
  const speech = speechOut(repo.folder, files, config.codebooks, repo.repo, { ...sessions, spent });
  const identity = await identityOf(repo, files, engine, options.hashes);
  return { repo, files, config, loaded, ids, engine, embedder, encoder, text, audio, speech, identity, spent };
}

async function openAudioRows(repo: LocalRepo, files: LiquidFiles, config: LiquidConfig, sessions: SessionOptions): Promise<RowSource> {
  if (files.audio === null) throw cannotSpeak(repo.repo, "audio_embedding");
  const rows = await openRows(repo.folder, files.audio, sessions);
  const wanted = config.codebooks * (END_OF_AUDIO + 1);
  if (rows.count !== null && rows.count !== wanted) {
    throw new ConnectorError(
      `the audio embedding of ${repo.repo} has ${rows.count} rows, but ${config.codebooks} codebooks take ${wanted}`,
    );
  }
  return rows;
}

async function identityOf(
  repo: LocalRepo,
  files: LiquidFiles,
  { provider }: DecoderEngine,
  hashes: HashStore | undefined,
): Promise<ModelIdentity> {
  const graphs = graphsOf(files).map(([, { path }]) => readOnnxFile(join(repo.folder, path)));
  const others = plainFilesOf(files).map((path) => join(repo.folder, path));
  return await repoIdentity(repo, { connector: "liquid-audio", dtype: dtypeInWords(files), provider, graphs, others, hashes });
}
