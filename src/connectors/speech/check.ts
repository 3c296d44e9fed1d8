import { join } from "node:path";
import { discoverDecoder } from "../../decoding/discover.js";
import { ConnectorError } from "../../errors.js";
import { idleInputs } from "../../onnx/idle_inputs.js";
import { readOnnxFile } from "../../onnx/onnx_file.js";
import { firstLine } from "../../onnx/session.js";
import { loadTokenizer } from "../../text/load_tokenizer.js";
import { append } from "../../util/arrays.js";
import { checkFits } from "../causal_text/config.js";
import { refusedDecoder } from "../check_probes.js";
import type { CheckRow } from "../check_row.js";
import type { LoadOptions } from "../types.js";
import { checkSpeechDecoder } from "./check_decoder.js";
import { checkClipEncoder } from "./check_encoder.js";
import { openGraph } from "./check_graph.js";
import type { SpeechFacts } from "./facts.js";
import { familyEncoderInput } from "./family_encoder_input.js";
import { type SpeechFiles, speechGraphs } from "./files.js";
import { dtypesInWords, fallbacksOf } from "./graph_files.js";
import { clipPlaces, findSpeechRepo, speechHints } from "./load.js";
import { openRows, sessionOptionsOf } from "./open_rows.js";
import { readSpeechConfig, type SpeechConfig } from "./speech_config.js";
import { testTone } from "./test_tone.js";

interface Context {
  readonly facts: SpeechFacts;
  readonly options: LoadOptions;
  readonly folder: string;
  readonly repo: string;
  readonly files: SpeechFiles;
  readonly config: SpeechConfig;
}

type Check = (context: Context) => Promise<readonly CheckRow[]>;

const CHECKS = {
  tokeniser: checkTokens,
  "front end": checkFrontEnd,
  embeddings: checkRows,
  decoder: checkDecoder,
  "audio encoder": checkEncoder,
} as const satisfies Record<string, Check>;

/**
 * Tries every part of a model of a family of facts. A part that fails is a row of the table, and the others are tried all the same. Graphs
 * are opened one after the other, so that memory holds one at a time.
 * @throws SpecError where the repository cannot be reached as asked.
 */
export async function checkSpeech(facts: SpeechFacts, options: LoadOptions): Promise<readonly CheckRow[]> {
  let context: Context;
  try {
    const { repo, files } = await findSpeechRepo(facts, options);
    context = { facts, options, folder: repo.folder, repo: repo.repo, files, config: await readSpeechConfig(repo.folder) };
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return [{ check: "files", found: options.config.repoId, status: "failed", detail: error.message }];
  }
  const graphs = speechGraphs(facts, context.files);
  const notes = fallbacksOf(graphs, options.dtype);
  const found = `${graphs.length} graphs, ${dtypesInWords(graphs, context.files.decoder.dtype)}`;
  const rows: CheckRow[] = [{ check: "files", found, status: "passed", detail: notes.join("; ") || context.folder }];
  for (const [name, check] of Object.entries(CHECKS)) {
    options.signal?.throwIfAborted();
    append(rows, await tried(name, check, context));
  }
  return rows;
}

async function tried(name: string, check: Check, context: Context): Promise<readonly CheckRow[]> {
  try {
    return await check(context);
  } catch (error) {
    if (error instanceof ConnectorError) context.options.onEvent?.({ kind: "log", message: error.message });
    return [{ check: name, found: "", status: "failed", detail: firstLine(error) }];
  }
}

/** The token that stands for audio, and what ends an answer. */
async function checkTokens({ facts, options, folder, config }: Context): Promise<readonly CheckRow[]> {
  const { tokenizer, chatTemplate, eosIds } = await loadTokenizer(folder, options);
  const { reserved } = clipPlaces(facts, config.processor, tokenizer);
  const found = reserved.map((text) => `${text} ${tokenizer.tokenToId(text)}`).join(", ");
  const ends = eosIds.length > 0;
  return [
    { check: "special tokens", found, status: "passed", detail: "what stands for a clip" },
    {
      check: "end tokens",
      found: eosIds.join(", ") || "none",
      status: ends ? "passed" : "failed",
      detail: ends ? "" : "without an end token every answer runs to its limit",
    },
    {
      check: "template",
      found: chatTemplate === null ? "none" : "there",
      status: chatTemplate === null ? "failed" : "passed",
      detail: chatTemplate === null ? "give one with model.template" : "",
    },
  ];
}

async function checkFrontEnd({ facts, folder }: Context): Promise<readonly CheckRow[]> {
  const frontEnd = await facts.frontEnd(folder);
  const wave = testTone(frontEnd.rate);
  const { frames, bins, data } = await frontEnd.features(wave);
  const due = frontEnd.framesOf(wave.length);
  const good = frames === due && bins === frontEnd.bins && data.every(Number.isFinite);
  return [
    {
      check: "front end",
      found: `${frames} frames of ${bins} bins for 1 s`,
      status: good ? "passed" : "failed",
      detail: good ? "" : `${due} frames of ${frontEnd.bins} finite numbers are due`,
    },
  ];
}

async function checkRows({ folder, files, options, config }: Context): Promise<readonly CheckRow[]> {
  if (files.text === null) return [];
  const text = await openRows(folder, files.text, sessionOptionsOf(options));
  try {
    const [row] = await text.rows([0]);
    const vocabulary = config.text.vocabulary;
    const fits = (text.count ?? vocabulary) === (vocabulary ?? text.count) && row?.every(Number.isFinite) === true;
    return [
      {
        check: "token embeddings",
        found: `${text.count ?? vocabulary ?? "?"} × ${text.hidden}`,
        status: fits ? "passed" : "failed",
        detail: `config.json: ${vocabulary ?? "?"}`,
      },
    ];
  } finally {
    await text.close();
  }
}

async function checkDecoder({ facts, folder, repo, files, options, config }: Context): Promise<readonly CheckRow[]> {
  const sessions = sessionOptionsOf(options);
  const { decoder, text } = files;
  const { tokenizer } = await loadTokenizer(folder, options);
  const known = speechHints(facts, clipPlaces(facts, config.processor, tokenizer), config.text);
  const hints = { ...known, idle: idleInputs(readOnnxFile(join(folder, decoder.path))) };
  const open = await openGraph(folder, decoder.path, { ...sessions, onEvent: undefined });
  try {
    checkFits(config.text, discoverDecoder(open.session, decoder.path, hints), repo);
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return refusedDecoder(open, decoder.path, error);
  } finally {
    await open.session.release();
  }
  return await checkSpeechDecoder({
    folder,
    decoder,
    text,
    vocabulary: config.text.vocabulary,
    speaks: false,
    sessions,
    hints,
  });
}

/** Numbers of an embedding, as the decoder is fed it; null where nothing tells. */
async function hiddenOf({ folder, files, options, config }: Context): Promise<number | null> {
  if (files.text === null) return config.text.hidden;
  const text = await openRows(folder, files.text, sessionOptionsOf(options));
  await text.close();
  return text.hidden;
}

async function checkEncoder(context: Context): Promise<readonly CheckRow[]> {
  const { facts, folder, files, options, config } = context;
  const sessions = sessionOptionsOf(options);
  const frontEnd = await facts.frontEnd(folder);
  return await checkClipEncoder({
    folder,
    sessions,
    encoder: files.encoder,
    hidden: await hiddenOf(context),
    lengths: [64, 17, 2],
    wave: testTone(frontEnd.rate),
    heard: (encoder) => familyEncoderInput(facts, config.json, frontEnd, encoder),
  });
}
