import { ConnectorError } from "../../../../errors.js";
import { firstLine } from "../../../../onnx/session.js";
import { append } from "../../../../util/arrays.js";
import type { CheckRow } from "../../../check_row.js";
import type { LoadOptions } from "../../../types.js";
import { checkSpeechDecoder } from "../../check_decoder.js";
import { checkClipEncoder } from "../../check_encoder.js";
import { sessionOptionsOf } from "../../open_rows.js";
import { testTone } from "../../test_tone.js";
import { checkFrontEnd, checkTables, checkTokens } from "./check_config.js";
import type { CheckContext } from "./check_row.js";
import { checkDepthformer, checkDetokenizer } from "./check_speech.js";
import { readLiquidConfig } from "./config.js";
import { lfm2Encoder, lfm2EncoderInput } from "./encoder_input.js";
import { dtypeInWords, fallbacksInWords, graphsOf } from "./files.js";
import { findLiquidRepo } from "./load.js";

type Check = (context: CheckContext) => Promise<readonly CheckRow[]>;

const checkDecoder: Check = ({ repo, files, config, sessions }) =>
  checkSpeechDecoder({ folder: repo.folder, ...files, vocabulary: config.vocabulary, speaks: true, sessions });

/** Rows of clips of several lengths: one for every 8 frames begun. */
const checkEncoder: Check = ({ repo, files, config, sessions }) =>
  checkClipEncoder({
    folder: repo.folder,
    encoder: files.encoder,
    hidden: config.hidden,
    sessions,
    lengths: [96, 9],
    wave: testTone(),
    heard: () => ({ encoderInput: lfm2EncoderInput(config.mel), shape: lfm2Encoder(config.encoderHeads) }),
  });

const CHECKS = {
  "special tokens": checkTokens,
  "mel front end": checkFrontEnd,
  embeddings: checkTables,
  decoder: checkDecoder,
  "audio encoder": checkEncoder,
  depthformer: checkDepthformer,
  detokenizer: checkDetokenizer,
} as const satisfies Record<string, Check>;

/**
 * Tries every part of a Liquid audio model: files, layouts, numbers. A part that fails is a row of the table, and the
 * others are tried all the same. Graphs are opened one after the other, so that memory holds one at a time.
 * @throws SpecError where the repository cannot be reached as asked.
 */
export async function checkLiquid(options: LoadOptions): Promise<readonly CheckRow[]> {
  let context: CheckContext;
  try {
    const { repo, files } = await findLiquidRepo(options);
    context = { repo, files, config: await readLiquidConfig(repo.folder, files.melConfig), sessions: sessionOptionsOf(options) };
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return [{ check: "files", found: options.config.repoId, status: "failed", detail: error.message }];
  }
  const { repo, files } = context;
  const notes = fallbacksInWords(files, options.dtype);
  const rows: CheckRow[] = [
    {
      check: "files",
      found: `${graphsOf(files).length} graphs, ${dtypeInWords(files)}`,
      status: "passed",
      detail: notes.join("; ") || repo.folder,
    },
  ];
  for (const [name, check] of Object.entries(CHECKS)) {
    options.signal?.throwIfAborted();
    append(rows, await tried(name, check, context));
  }
  return rows;
}

async function tried(name: string, check: Check, context: CheckContext): Promise<readonly CheckRow[]> {
  try {
    return await check(context);
  } catch (error) {
    if (error instanceof ConnectorError) context.sessions.onEvent?.({ kind: "log", message: error.message });
    return [{ check: name, found: "", status: "failed", detail: firstLine(error) }];
  }
}
