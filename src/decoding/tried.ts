import { ConnectorError } from "../errors.js";
import type { OnnxFile } from "../onnx/onnx_file.js";
import type { DecoderIo, SoundInput } from "./discover.js";
import type { DecoderGraph, Embed } from "./graph.js";
import { type Capabilities, probeCapabilities, requireHearing } from "./probe.js";

/** Positions of the tried tokens that are rows of sound, where a graph takes any: two rows of five tokens have two and three, on either side of every cut that is tried. */
const HEARD = [1, 3, 5, 6, 9];

/** Ten ids to try a decoder with, none of which stands for something else. */
export function triedTokens({ sound }: Pick<DecoderIo, "sound">, vocabulary: number): Int32Array {
  const apart = new Set(sound === null ? [] : [sound.placeholder, ...sound.unfedIds]);
  return Int32Array.from({ length: 10 }, (_, i) => {
    if (sound !== null && HEARD.includes(i)) return -1 - i;
    let id = (i * 7 + 3) % vocabulary;
    while (apart.has(id)) id = (id + 1) % vocabulary;
    return id;
  });
}

/** Rows of sound to try it with, another for each id, of the size that embeddings of words have behind a norm. */
export const triedRows =
  ({ hidden }: SoundInput): Embed =>
  (ids) =>
    Float32Array.from({ length: ids.length * hidden }, (_, i) => Math.sin((1 + (i % hidden)) * (ids[Math.floor(i / hidden)] ?? 0) * 0.7));

/** @throws ConnectorError where the graph is that of another model than its configuration, or does not do what its inputs were taken for. */
export async function tryOut(graph: DecoderGraph, onnx: OnnxFile, vocabulary: number): Promise<Capabilities> {
  const { sound } = graph.io;
  const found = await graph.during(sound === null ? undefined : triedRows(sound), async (tried) => {
    await checkAssumed(tried, onnx.path);
    return await capabilities(tried, onnx, vocabulary);
  });
  graph.spent.tokens = 0;
  graph.spent.passes = 0;
  return found;
}

async function capabilities(graph: DecoderGraph, onnx: OnnxFile, vocabulary: number): Promise<Capabilities> {
  const tokens = triedTokens(graph.io, vocabulary);
  if (graph.io.sound !== null) await requireHearing(graph, tokens, onnx.path);
  const found = await probeCapabilities(graph, tokens);
  const guessed = graph.io.caches.filter((slot) => slot.guessed === true).map(({ past, present }) => `${past} → ${present}`);
  if (guessed.length > 0 && !found.chunkSingle)
    throw new ConnectorError(
      `${onnx.path}: its caches have unknown names, and taken as ${guessed.join(", ")} they do not hold what was fed before`,
    );
  return found;
}

/** Tries the sizes of caches that the graph left open and the configuration gave. @throws ConnectorError where the graph has others. */
async function checkAssumed(graph: DecoderGraph, path: string): Promise<void> {
  const at = graph.io.caches.findIndex((slot) => slot.assumed === true);
  const slot = graph.io.caches[at];
  if (slot === undefined) return;
  const tried = await graph.run({ ids: Int32Array.of(1), cache: graph.empty(1), keep: 0 }).catch(() => null);
  const dims = tried === null ? undefined : (await graph.read(tried.cache))[at]?.dims.slice(1);
  if (dims !== undefined && slot.dims.every((dim, i) => dim === null || dim === dims[i])) return;
  const [heads, , size] = slot.dims;
  const found = dims === undefined ? "refuses them" : `has ${dims[0]} of ${dims[2]}`;
  throw new ConnectorError(
    `${path}: the configuration is that of another model: it says caches of ${heads} heads of ${size}, the graph ${found}`,
  );
}
