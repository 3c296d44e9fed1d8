import type { Tensor } from "onnxruntime-node";
import { ConnectorError } from "../errors.js";
import type { RowCache } from "../onnx/row_cache.js";
import { int64Tensor, toFloat32 } from "../onnx/tensors.js";
import { float32At } from "../util/elements.js";
import type { DecoderIo } from "./discover.js";
import { PICKED, SCORED, SCORES } from "./head_edit.js";
import { type Pass, picks } from "./pass.js";
import { logProbability } from "./sampling.js";

export interface PassResult {
  /** Vectors of `vocabulary` numbers, among them those of the positions kept: `at` tells where. None where `targets` were given to a graph that scores. */
  readonly logits: Float32Array;
  readonly vocabulary: number;
  /** Vectors in the order of `logits`; null unless wanted. */
  readonly hidden: Float32Array | null;
  /** Index of the vector of a row's kept position, `0 ≤ position < keep`. Nothing is moved to have them side by side: logits are large. */
  at(row: number, position: number): number;
  /** Natural log-probability of a token at a row's kept position; where `targets` were given, of the one given. */
  logProbability(row: number, position: number, id: number): number;
  readonly cache: RowCache;
}

/** The graph scores what a pass asks of it. */
export function scoresInside({ picked }: DecoderIo, { targets }: Pass): boolean {
  return targets !== undefined && picked?.scores === true;
}

/** Positions of a row for which a graph has hidden states to pick from. */
function headWidth({ logitsToKeep }: DecoderIo, keep: number, fed: number): number {
  return logitsToKeep === null ? fed : Math.max(1, keep);
}

/**
 * What tells a graph whose positions to give logits of, and what to score.
 *
 * Products with one row add numbers up in another order than wider ones: of several tokens, one is not picked alone, as it would not be where
 * logits of all are computed.
 * @param fed tokens of each row.
 */
export function pickedFeeds(io: DecoderIo, pass: Pass, fed: number): Record<string, Tensor> {
  const { rows } = pass.cache;
  const asked = picks(pass, rows, headWidth(io, pass.keep, fed));
  const picked = new Int32Array(Math.max(Math.min(2, rows * fed), asked.length)).fill(asked[0] ?? 0);
  picked.set(asked);
  const at = { [PICKED]: int64Tensor(picked, [1, picked.length]) };
  if (io.picked?.scores !== true) return at;
  const targets = new Int32Array(picked.length);
  targets.set(pass.targets ?? []);
  return { ...at, [SCORED]: int64Tensor(targets, [1, targets.length, 1]) };
}

/** What the runtime gave for a pass. */
export interface PassOutputs {
  /** Tokens of each row. */
  readonly fed: number;
  /** Of the graph, for errors. */
  readonly path: string;
  output(name: string): Tensor;
}

const NOTHING = { logits: new Float32Array(0), vocabulary: 0, hidden: null, at: () => 0, logProbability: () => Number.NaN };

/** @throws ConnectorError where there are fewer positions than were asked for. */
export function readOutputs(io: DecoderIo, pass: Pass, given: PassOutputs): Omit<PassResult, "cache"> {
  const { keep, wantHidden } = pass;
  if (keep === 0) return NOTHING;
  const { rows } = pass.cache;
  const hidden = wantHidden && io.hidden !== null ? lastPositions(given.output(io.hidden.name), rows, keep) : null;
  const at = (row: number, position: number): number => row * keep + position;
  if (scoresInside(io, pass)) {
    const score = scoresOf(given);
    return { ...NOTHING, hidden, at, logProbability: (row, position) => score(at(row, position)) };
  }
  return { ...logitsOf(io, pass, given), hidden };
}

/** Where hidden states are wanted as well, vectors of both are in one order. */
function logitsOf(
  io: DecoderIo,
  { keep, wantHidden, cache: { rows } }: Pass,
  { fed, path, output }: PassOutputs,
): Omit<PassResult, "cache" | "hidden"> {
  const tensor = output(io.logits.name);
  const [, positions = 0, vocabulary = 0] = tensor.dims;
  const width = io.picked === null ? positions : headWidth(io, keep, fed);
  if (width < keep) throw new ConnectorError(`${path} gave logits of ${width} positions where ${keep} were asked for`);
  const [whole, both] = [io.picked === null, wantHidden && io.hidden !== null];
  const logits = whole && both ? lastPositions(tensor, rows, keep) : toFloat32(tensor);
  const at = (row: number, position: number): number => (whole && !both ? (row + 1) * width - keep + position : row * keep + position);
  return {
    logits,
    vocabulary,
    at,
    logProbability: (row, position, id) => logProbability(logits, at(row, position) * vocabulary, vocabulary, id),
  };
}

/** Of the position picked as the i-th: own − highest − ln Σ exp(logit − highest), the sum's parts added up in float64. */
function scoresOf({ output }: Pick<PassOutputs, "output">): (i: number) => number {
  const [own, highest, parts] = [SCORES.own, SCORES.highest, SCORES.parts].map((name) => toFloat32(output(name))) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const size = parts.length / own.length;
  return (i) => {
    let sum = 0;
    for (let part = i * size; part < (i + 1) * size; part++) sum += float32At(parts, part);
    return float32At(own, i) - float32At(highest, i) - Math.log(sum);
  };
}

/** The vectors of the kept positions one behind the other. */
export function keptLogits({ logits, vocabulary, at }: PassResult, rows: number, keep: number): Float32Array {
  const out = new Float32Array(rows * keep * vocabulary);
  for (let row = 0; row < rows; row++) {
    const from = at(row, 0) * vocabulary;
    out.set(logits.subarray(from, from + keep * vocabulary), row * keep * vocabulary);
  }
  return out;
}

/** The last `keep` positions of every row of a `[rows, width, size]` tensor. */
function lastPositions(tensor: Tensor, rows: number, keep: number): Float32Array {
  const [, width, size] = tensor.dims as readonly [number, number, number];
  const data = toFloat32(tensor);
  if (keep === width) return data;
  if (keep > width) throw new ConnectorError(`the graph gave ${width} positions where ${keep} were asked for`);
  const out = new Float32Array(rows * keep * size);
  for (let row = 0; row < rows; row++) {
    out.set(data.subarray((row * width + width - keep) * size, (row + 1) * width * size), row * keep * size);
  }
  return out;
}
