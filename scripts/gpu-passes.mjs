// How long passes of a decoder take on a device, by rows × tokens, the first of a shape apart from later ones; docs/gpu.md quotes it.
//   npm run build && node scripts/gpu-passes.mjs GRAPH.onnx [cpu|cuda|webgpu]
import { resolve } from "node:path";
import { withCacheUpdates, withPlainAttention } from "../dist/decoding/file_edits.js";
import { DecoderGraph } from "../dist/decoding/graph.js";
import { readOnnxFile } from "../dist/onnx/onnx_file.js";
import { openSession } from "../dist/onnx/session.js";

const [given, device = "cpu"] = process.argv.slice(2);
if (given === undefined) {
  console.error("usage: node scripts/gpu-passes.mjs GRAPH.onnx [cpu|cuda|webgpu]");
  process.exit(2);
}
const path = resolve(given);
const onnx = readOnnxFile(path);
const edited = (await withPlainAttention(onnx, null)) ?? withCacheUpdates(onnx);
const opened = await openSession(path, { device, threads: 0 }, edited?.model ?? null);

let hidden = 0;
/** Any vectors do: time does not depend on them. */
const embed = (ids) => Float32Array.from({ length: ids.length * hidden }, (_, i) => Math.sin(ids[Math.floor(i / hidden)] + i));
const graph = new DecoderGraph(opened, { embed, updates: edited?.updates ?? new Map(), pooled: 2 ** 31 });
hidden = graph.io.input.hidden ?? 0;
const vocabulary = graph.io.logits.vocabulary ?? 256;
const ids = (count) => Int32Array.from({ length: count }, (_, i) => (i * 31) % vocabulary);

/** Rows, tokens already in the cache, tokens fed, logits that are read. */
const SHAPES = [
  [1, 0, 16, 1],
  [8, 0, 16, 8],
  [64, 0, 16, 8],
  [64, 0, 64, 8],
  [16, 32, 16, 8],
  [64, 32, 16, 8],
  [1, 64, 1, 1],
  [16, 64, 1, 1],
  [64, 64, 1, 1],
];
console.log(`${path} on ${graph.provider}\n\nrows\tpast\tfed\tfirst ms\tlater ms\ttokens/s`);
for (const [rows, past, fed, keep] of SHAPES) {
  const empty = graph.empty(rows);
  const cache = past === 0 ? empty : (await graph.run({ ids: ids(rows * past), cache: empty, keep: 0 })).cache;
  const times = [];
  for (let run = 0; run < 4; run++) {
    const started = performance.now();
    await graph.run({ ids: ids(rows * fed), cache, keep, last: true });
    times.push(performance.now() - started);
  }
  const [first, ...later] = times;
  const best = Math.min(...later);
  console.log([rows, past, fed, first.toFixed(1), best.toFixed(2), Math.round((rows * fed * 1000) / best)].join("\t"));
}
await graph.release();
