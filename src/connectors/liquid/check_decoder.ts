import { joinFloats } from "../../arrays.js";
import { emptyCache } from "../../inference/cache.js";
import type { DecoderIo } from "../../inference/discover.js";
import { DecoderGraph, keptLogits } from "../../inference/graph.js";
import { probeCapabilities } from "../../inference/probe.js";
import type { OpenSession } from "../../inference/session.js";
import { fromFloat32, integerTensor, toFloat32 } from "../../inference/tensors.js";
import { type CheckContext, type CheckRow, openGraph } from "./check_row.js";
import { runGraph } from "./graph_io.js";
import { openRows } from "./load.js";
import type { RowSource } from "./rows.js";

/** Largest difference of logits, as a share of their spread, that counts as rounding. */
const ROUNDING = { float32: 1e-3, float16: 2e-2 };

/** One pass against several, one row against two, padded against plain. */
export async function checkDecoder(context: CheckContext): Promise<readonly CheckRow[]> {
  const { repo, files, config, sessions } = context;
  const text = await openRows(repo.folder, files.text, sessions);
  const open = await openGraph(context, files.decoder.path);
  try {
    const graph = new DecoderGraph(open, { embed: async (ids) => joinFloats(await text.rows([...ids])) });
    const { io } = graph;
    const vocabulary = io.logits.vocabulary ?? config.vocabulary ?? text.count ?? 0;
    const fits = (io.input.hidden ?? text.hidden) === text.hidden && io.hidden !== null;
    return [
      {
        check: "decoder",
        found: `${files.decoder.path}, ${io.input.name} of ${text.hidden}, ${io.caches.length} caches`,
        status: fits ? "passed" : "failed",
        detail:
          io.hidden === null
            ? "it gives no hidden_states: the model cannot speak"
            : `embeddings of ${text.hidden}, hidden states of ${io.hidden.size ?? "?"}`,
      },
      await tokenByToken(graph, tokensBelow(vocabulary)),
      await together(graph, tokensBelow(vocabulary)),
      await rightPadded(open, io, text, tokensBelow(vocabulary)),
    ];
  } finally {
    await open.session.release();
    await text.close();
  }
}

const tokensBelow = (vocabulary: number): Int32Array => Int32Array.from({ length: 10 }, (_, i) => (i * 7 + 3) % vocabulary);

async function tokenByToken(graph: DecoderGraph, tokens: Int32Array): Promise<CheckRow> {
  const [first, second] = [tokens.subarray(0, 1), tokens.subarray(1, 2)];
  const whole = await graph.run({ ids: tokens.subarray(0, 2), cache: graph.empty(1), keep: 1 });
  const before = await graph.run({ ids: first, cache: graph.empty(1), keep: 0 });
  const stepped = await graph.run({ ids: second, cache: before.cache, keep: 1 });
  const off = difference(keptLogits(stepped, 1, 1), keptLogits(whole, 1, 1));
  const limit = roundingOf(graph.io);
  return {
    check: "decoder: caches",
    found: `off by ${off.toExponential(1)} of the spread`,
    status: off <= limit ? "passed" : "failed",
    detail: `two tokens in one pass against one by one; at most ${limit} is rounding`,
  };
}

/** What is not so costs time only: the plan does without. */
async function together(graph: DecoderGraph, tokens: Int32Array): Promise<CheckRow> {
  const can = await probeCapabilities(graph, tokens);
  const words = [
    `rows of equal length together: ${yes(can.batch)}`,
    `several tokens on a past: ${yes(can.chunkSingle)}, of several rows: ${yes(can.chunkBatch)}`,
    `steps of several rows: ${yes(can.stepBatch)}`,
  ];
  return {
    check: "decoder: plan",
    found: words.join("; "),
    status: can.rowsIndependent ? "passed" : "failed",
    detail: "compared with single rows",
  };
}

/** Two rows, the second filled up on the right, against each alone; told for the record, since rows are never padded here. */
async function rightPadded(open: OpenSession, io: DecoderIo, text: RowSource, tokens: Int32Array): Promise<CheckRow> {
  const check = "decoder: right padding";
  const { attentionMask } = io;
  if (attentionMask === null || io.positionIds !== null || io.fixedRows !== null) {
    return { check, found: "", status: "skipped", detail: "this graph has no mask, or positions or rows of its own" };
  }
  const run = async (rows: readonly Int32Array[], width: number): Promise<Float32Array> => {
    const ids = rows.flatMap((row) => [...row, ...new Array<number>(width - row.length).fill(0)]);
    const mask = rows.flatMap((row) => Array.from({ length: width }, (_, i) => (i < row.length ? 1 : 0)));
    const feeds = {
      [io.input.name]: fromFloat32(io.input.type, joinFloats(await text.rows(ids)), [rows.length, width, text.hidden]),
      [attentionMask.name]: integerTensor(attentionMask.type, mask, [rows.length, width]),
      ...Object.fromEntries(emptyCache(io.caches, rows.length).tensors.map((tensor, i) => [io.caches[i]?.past as string, tensor])),
    };
    const logits = (await runGraph(open, feeds))[io.logits.name];
    if (logits === undefined) throw new Error("no logits");
    const size = logits.dims[2] as number;
    const data = toFloat32(logits);
    return joinFloats(rows.map((row, r) => data.slice((r * width + row.length - 1) * size, (r * width + row.length) * size)));
  };
  const rows = [tokens.subarray(0, 5), tokens.subarray(5, 8)] as const;
  const alone = joinFloats([await run([rows[0]], 5), await run([rows[1]], 3)]);
  try {
    const off = difference(await run(rows, 5), alone);
    const exact = off <= roundingOf(io);
    return {
      check,
      found: exact ? "exact at each row's last token" : `off by ${off.toExponential(1)}`,
      status: "passed",
      detail: "never used: rows are grouped by length",
    };
  } catch (error) {
    return {
      check,
      found: "refused",
      status: "passed",
      detail: `never used: rows are grouped by length (${error instanceof Error ? error.message : error})`,
    };
  }
}

function roundingOf(io: DecoderIo): number {
  return io.caches.some(({ type }) => type === "float16") || io.logits.type === "float16" ? ROUNDING.float16 : ROUNDING.float32;
}

/** Largest difference as a share of the spread of what is wanted. */
function difference(got: Float32Array, want: Float32Array): number {
  if (got.length !== want.length) return Number.POSITIVE_INFINITY;
  let [low, high, worst] = [Infinity, -Infinity, 0];
  want.forEach((value, i) => {
    low = Math.min(low, value);
    high = Math.max(high, value);
    worst = Math.max(worst, Math.abs(value - (got[i] as number)));
  });
  return worst / (high - low);
}

const yes = (is: boolean): string => (is ? "yes" : "no");
