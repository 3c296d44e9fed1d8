import { type DecoderIo, ioRows } from "../decoding/discover.js";
import type { DecoderGraph } from "../decoding/graph.js";
import { keptLogits } from "../decoding/pass_outputs.js";
import { probeCapabilities } from "../decoding/probe.js";
import type { OpenSession } from "../onnx/session.js";
import { float32At } from "../util/elements.js";
import type { CheckRow } from "./check_row.js";

/** Largest difference of logits, as a share of their spread, that counts as rounding. */
const ROUNDING = { float32: 1e-3, float16: 2e-2 };

/** Two tokens at once against one by one: what the caches hold is what a whole pass would have seen. */
export async function tokenByToken(graph: DecoderGraph, tokens: Int32Array): Promise<CheckRow> {
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
export async function together(graph: DecoderGraph, tokens: Int32Array): Promise<CheckRow> {
  const can = await probeCapabilities(graph, tokens);
  const words = [
    `rows of equal length together: ${yes(can.batch)}, of different ones: ${yes(can.raggedPasses)}`,
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

/** A decoder that is not understood, with every input and output it has. */
export function refusedDecoder({ session }: OpenSession, graph: string, { message }: Error): readonly CheckRow[] {
  const table = ioRows(session.inputMetadata, session.outputMetadata).map(
    ({ side, text }): CheckRow => ({
      check: `decoder: ${side === "in" ? "input" : "output"}`,
      found: text,
      status: "skipped",
      detail: "",
    }),
  );
  return [{ check: "decoder", found: graph, status: "failed", detail: message }, ...table];
}

export function roundingOf(io: DecoderIo): number {
  return io.caches.some(({ type }) => type === "float16") || io.logits.type === "float16" ? ROUNDING.float16 : ROUNDING.float32;
}

/** Largest difference as a share of the spread of what is wanted. */
export function difference(got: Float32Array, want: Float32Array): number {
  if (got.length !== want.length) return Number.POSITIVE_INFINITY;
  let [low, high, worst] = [Infinity, -Infinity, 0];
  want.forEach((value, i) => {
    low = Math.min(low, value);
    high = Math.max(high, value);
    worst = Math.max(worst, Math.abs(value - float32At(got, i)));
  });
  return worst / (high - low);
}

const yes = (is: boolean): string => (is ? "yes" : "no");
