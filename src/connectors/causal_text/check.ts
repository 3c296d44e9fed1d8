import { join } from "node:path";
import { discoverDecoder, ioTable } from "../../decoding/discover.js";
import type { DecoderEngine } from "../../decoding/engine.js";
import { ConnectorError } from "../../errors.js";
import { idleInputs } from "../../onnx/idle_inputs.js";
import { readOnnxFile } from "../../onnx/onnx_file.js";
import { firstLine, openSession } from "../../onnx/session.js";
import { dataFilesOf } from "../../repos/model_files.js";
import { loadTokenizer } from "../../text/load_tokenizer.js";
import { append, joinIds, maxOf } from "../../util/arrays.js";
import { refusedDecoder } from "../check_probes.js";
import type { CheckRow } from "../check_row.js";
import { LOAD_DEFAULTS } from "../model.js";
import type { LoadOptions } from "../types.js";
import { buildTemplatedChat } from "./build.js";
import { checkFits } from "./config.js";
import { findTextRepo, openTextGraph, type TextRepo } from "./open.js";

/**
 * Tries every part of a text model: files, configuration, tokeniser, template, graph, and whether batches give what single rows
 * give. A part that fails is a row of the table, and the others are tried all the same.
 * @throws SpecError where the repository cannot be reached as asked.
 */
export async function checkText(options: LoadOptions): Promise<readonly CheckRow[]> {
  let found: TextRepo;
  try {
    found = await findTextRepo(options);
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return [{ check: "files", found: options.config.repoId, status: "failed", detail: error.message }];
  }
  const { repo, graph } = found;
  const data = dataFilesOf(repo.paths, graph).length;
  const rows: CheckRow[] = [
    {
      check: "files",
      found: `${graph}${data === 0 ? "" : `, ${data} data file${data === 1 ? "" : "s"}`}`,
      status: "passed",
      detail: repo.folder,
    },
    checkConfig(found),
  ];
  for (const [name, check] of [
    ["tokeniser", checkTokenizer],
    ["decoder", checkGraph],
    ["plan", checkPlan],
  ] as const) {
    options.signal?.throwIfAborted();
    append(rows, await tried(name, () => check(found, options)));
  }
  return rows;
}

async function tried(check: string, run: () => Promise<readonly CheckRow[]>): Promise<readonly CheckRow[]> {
  try {
    return await run();
  } catch (error) {
    return [{ check, found: "", status: "failed", detail: firstLine(error) }];
  }
}

function checkConfig({ config }: TextRepo): CheckRow {
  const { vocabulary, layers, kvHeads, headDim, contextLength } = config;
  return {
    check: "configuration",
    found: `vocabulary ${vocabulary ?? "?"}, ${layers ?? "?"} layers, ${kvHeads ?? "?"} × ${headDim ?? "?"} cached a layer`,
    status: "passed",
    detail: contextLength === null ? "no length of context is given" : `context of ${contextLength} tokens`,
  };
}

async function checkTokenizer({ repo }: TextRepo, options: LoadOptions): Promise<readonly CheckRow[]> {
  const { tokenizer, chatTemplate, eosIds } = await loadTokenizer(repo.folder, options);
  const row: CheckRow = {
    check: "tokeniser",
    found: `${tokenizer.vocabularySize} tokens, answers end with ${eosIds.join(", ") || "nothing"}`,
    status: eosIds.length > 0 ? "passed" : "failed",
    detail: eosIds.length > 0 ? "" : "without an end token every answer runs to its limit",
  };
  if (chatTemplate === null)
    return [row, { check: "template", found: "none", status: "skipped", detail: "this model takes plain text only" }];
  return [row, ...(await tried("template", async () => [templateRow(buildTemplatedChat(tokenizer, chatTemplate, HELLO).inputTokensNum)]))];
}

const HELLO = [{ role: "user", content: [{ kind: "text", text: "Hello" }] }] as const;

const templateRow = (tokens: number): CheckRow => ({
  check: "template",
  found: `a greeting takes ${tokens} tokens`,
  status: "passed",
  detail: "its tokens spell what it renders",
});

/** The graph as it stands: every input and output where one is not understood. */
async function checkGraph({ repo, graph, config }: TextRepo, options: LoadOptions): Promise<readonly CheckRow[]> {
  const path = join(repo.folder, graph);
  const { device, threads } = LOAD_DEFAULTS;
  const open = await openSession(path, { device: options.device ?? device, threads: options.threads ?? threads, onEvent: options.onEvent });
  try {
    const { inputMetadata, outputMetadata } = open.session;
    options.onEvent?.({ kind: "log", message: `${graph}\n${ioTable(inputMetadata, outputMetadata)}` });
    try {
      const io = discoverDecoder(open.session, path, { ...config, idle: idleInputs(readOnnxFile(path)) });
      checkFits(config, io, repo.repo);
      const vocabulary = io.logits.vocabulary ?? config.vocabulary ?? 0;
      const more = [io.positionIds, io.logitsToKeep].flatMap((input) => (input === null ? [] : [input.name]));
      const decoder: CheckRow = {
        check: "decoder",
        found: `${io.caches.length} caches, ${vocabulary} logits of ${io.logits.type}`,
        status: "passed",
        detail: `takes ${[io.input.name, ...more].join(", ")}${io.useCacheBranch === null ? "" : ", merged with use_cache_branch"}`,
      };
      return [decoder];
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
      return refusedDecoder(open, graph, error);
    }
  } finally {
    await open.session.release();
  }
}

/** The graph as it is used. */
async function checkPlan({ repo, graph, config }: TextRepo, options: LoadOptions): Promise<readonly CheckRow[]> {
  const { engine, dtype } = await openTextGraph(join(repo.folder, graph), config, options, config.vocabulary ?? 0);
  try {
    return [
      { check: "precision", found: dtype, status: "passed", detail: `on ${engine.provider}` },
      {
        check: "plan",
        found: engine.plan,
        status: engine.can.rowsIndependent ? "passed" : "skipped",
        detail: "what batches may be, compared with single rows",
      },
      ...(await checkLikelihood(engine, engine.io.logits.vocabulary ?? config.vocabulary ?? 0)),
    ];
  } finally {
    await engine.release();
  }
}

/** Log-probabilities of the same prompts: each whole, on the cache of what they share, and all together. */
async function checkLikelihood(engine: DecoderEngine, vocabulary: number): Promise<readonly CheckRow[]> {
  const tokens = tokensBelow(vocabulary);
  const start = tokens.subarray(0, 3);
  const prompts = [3, 4, 5, 6].map((last) => joinIds([start, tokens.subarray(last, last + 2)]));
  const scores = (asked: readonly Int32Array[], sharedPrefix: number): Promise<readonly Float64Array[]> =>
    engine.score(asked, { targets: tokens.subarray(7), sharedPrefix });
  const [whole, cached]: [Float64Array[], Float64Array[]] = [[], []];
  for (const prompt of prompts) {
    append(whole, await scores([prompt], 0));
    append(cached, await scores([prompt], start.length));
  }
  const together = await scores(prompts, start.length);
  const row = (check: string, got: readonly Float64Array[], want: readonly Float64Array[], detail: string): CheckRow => {
    const off = maxOf(got.flatMap((values, i) => Array.from(values, (value, t) => Math.abs(value - (want[i]?.[t] ?? Number.NaN)))));
    const status = off < LARGEST_DIFFERENCE ? "passed" : "failed";
    return { check, found: Number.isFinite(off) ? `off by ${off.toExponential(1)}` : "not a number", status, detail };
  };
  return [
    row("likelihood: caches", cached, whole, "log-probabilities after a cached start against whole prompts"),
    row("likelihood: batches", together, cached, "log-probabilities of four prompts together against each alone"),
  ];
}

/** Of log-probabilities: float16 rounds to about a tenth of it. */
const LARGEST_DIFFERENCE = 0.05;

const tokensBelow = (vocabulary: number): Int32Array => Int32Array.from({ length: 10 }, (_, i) => (i * 7 + 3) % vocabulary);
