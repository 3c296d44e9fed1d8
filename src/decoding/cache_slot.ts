import type { InferenceSession } from "onnxruntime-node";
import { described, type Fail, FLOATS, numeric, type Outputs, type TensorMetadata } from "./metadata.js";
import { type CacheKind, type CacheName, cacheName, type DecoderNames, likelyCache } from "./names.js";

/** One cache input and the output that replaces it after a pass. */
export interface CacheSlot {
  readonly past: string;
  readonly present: string;
  readonly kind: CacheKind;
  readonly layer: number;
  readonly type: "float32" | "float16";
  /** Dims after the batch; null = the past length. Fixed-size states (convolution, SSM) have none. */
  readonly dims: readonly (number | null)[];
  /** Some of the dims are not the graph's but the configuration's. */
  readonly assumed?: boolean;
  /** Of a name that no known exporter gives: its successor was found by likeness. */
  readonly guessed?: boolean;
}

/** What a model's configuration says of its caches, where the metadata does not. */
export interface CacheHints {
  readonly names: DecoderNames | null;
  /** Heads of a cache. */
  readonly kvHeads: number | null;
  /** Numbers of a head. */
  readonly headDim: number | null;
}

/** null where nothing tells that it is a cache. @throws ConnectorError by `fail` where the metadata does not fit a cache that we know how to grow. */
export function cacheSlot(metadata: InferenceSession.ValueMetadata, outputs: Outputs, hints: CacheHints, fail: Fail): CacheSlot | null {
  if (!metadata.isTensor) return null;
  const known = cacheName(metadata.name, hints.names);
  const named = known ?? likeliestCache(metadata, outputs);
  if (named === null) return null;
  const present = named.presents.find((name) => outputs.has(name));
  if (present === undefined) return fail(`cache \`${metadata.name}\` has no successor among the outputs (\`${named.presents[0]}\`)`);
  if (!FLOATS.includes(metadata.type)) return fail(`cache ${described(metadata)} should hold float32 or float16: export it so`);
  const dims = cacheDims(named.kind, metadata.shape.slice(1), hints);
  if (typeof dims === "string") return fail(`cache ${described(metadata)} ${dims}`);
  const open = (shape: readonly unknown[]): number => shape.filter((dim) => dim === null).length;
  const assumed = open(metadata.shape.slice(1).map((dim) => numeric(dim))) > open(dims);
  const { kind, layer } = named;
  const doubts = { ...(assumed ? { assumed } : {}), ...(known === null ? { guessed: true } : {}) };
  return { past: metadata.name, present, kind, layer, type: metadata.type as CacheSlot["type"], dims, ...doubts };
}

/** A cache of a name that no known exporter gives, by the one output that is called and shaped like it; null where there is none. */
function likeliestCache(metadata: TensorMetadata, outputs: Outputs): CacheName | null {
  const growing = metadata.shape.slice(1).filter((dim) => numeric(dim) === null).length;
  if (!FLOATS.includes(metadata.type) || growing > 1 || metadata.shape.length < 3) return null;
  const like = [...outputs.values()].filter(
    (one): one is TensorMetadata => one.isTensor && one.type === metadata.type && sameSizes(one.shape, metadata.shape),
  );
  return likelyCache(
    metadata.name,
    like.map(({ name }) => name),
    growing === 1,
  );
}

function sameSizes(a: TensorMetadata["shape"], b: TensorMetadata["shape"]): boolean {
  return a.length === b.length && a.every((dim, i) => numeric(dim) === null || numeric(b[i]) === null || numeric(dim) === numeric(b[i]));
}

/**
 * Attention caches have exactly one open dim (the past length), states none. What an export leaves open besides comes from
 * the configuration.
 * @returns dims after the batch, or in words what is wrong with them.
 */
function cacheDims(
  kind: CacheKind,
  shape: readonly (number | string)[],
  { kvHeads, headDim }: CacheHints,
): readonly (number | null)[] | string {
  const dims = shape.map((dim) => numeric(dim));
  const open = dims.filter((dim) => dim === null).length;
  if (kind !== "key" && kind !== "value") return open === 0 ? dims : "is a state of which not all sizes are given";
  if (open === 1) return dims;
  if (open === 0) return "has a fixed length: only graphs whose caches grow are supported";
  if (shape.length !== 3) return "has several open sizes";
  const [heads, , size] = [dims[0] ?? kvHeads, null, dims[2] ?? headDim];
  if (heads === null || size === null || heads === undefined || size === undefined) {
    return "leaves open how many heads it has or how large they are, and neither config.json nor genai_config.json tells";
  }
  return [heads, null, size];
}
