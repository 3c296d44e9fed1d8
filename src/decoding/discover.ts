import type { InferenceSession } from "onnxruntime-node";
import { ConnectorError } from "../errors.js";
import { type CacheKind, cacheName, type DecoderNames } from "./names.js";

type Metadata = readonly InferenceSession.ValueMetadata[];
type TensorMetadata = InferenceSession.TensorValueMetadata;

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
}

/** int64 or int32. */
export interface IntegerInput {
  readonly name: string;
  readonly type: string;
  readonly rank: number;
}

/** What a model's configuration says of its decoder, where the metadata does not. */
export interface DecoderHints {
  readonly names: DecoderNames | null;
  /** Heads of a cache. */
  readonly kvHeads: number | null;
  /** Numbers of a head. */
  readonly headDim: number | null;
  /** Inputs that nothing is computed from (`idleInputs`). */
  readonly idle?: ReadonlySet<string>;
}

export const NO_HINTS: DecoderHints = { names: null, kvHeads: null, headDim: null };

/** What a decoder graph is fed and gives, found from its metadata: names of exports differ, roles do not. */
export interface DecoderIo {
  /** `ids`: int64 or int32 `[B, S]`; `embeds`: float `[B, S, hidden]`. */
  readonly input: { readonly kind: "ids" | "embeds"; readonly name: string; readonly type: string; readonly hidden: number | null };
  /** Float `[B, S, layers, size]`, which stands behind the embeddings of each position as one row of `width` numbers. */
  readonly perLayer: {
    readonly name: string;
    readonly type: string;
    readonly sizes: readonly [number, number];
    readonly width: number;
  } | null;
  readonly attentionMask: IntegerInput | null;
  readonly positionIds: IntegerInput | null;
  /** Scalar or `[1]`: 0 = logits of all positions, n = of the last n. */
  readonly logitsToKeep: IntegerInput | null;
  /** int64 `[B, heads, S, 3]`: where in the caches what is fed goes. Only graphs that were changed for it have it (`withRoom`). */
  readonly places: { readonly name: string; readonly heads: number } | null;
  /** bool `[1]` of merged exports: whether the past is to be read. */
  readonly useCacheBranch: string | null;
  readonly caches: readonly CacheSlot[];
  /** Inputs that nothing is computed from, which must be fed all the same. */
  readonly idle: readonly { readonly name: string; readonly type: string; readonly dims: readonly number[] }[];
  readonly logits: { readonly name: string; readonly type: string; readonly vocabulary: number | null };
  /** Last hidden states `[B, S, hidden]`, where the graph gives them. */
  readonly hidden: { readonly name: string; readonly size: number | null } | null;
  /** The graph was exported for this many rows only; null = any. */
  readonly fixedRows: number | null;
}

/**
 * @throws ConnectorError in one line where an input has no known role, a cache has no output, or there are no logits: feeding
 * a guess would give wrong numbers in silence.
 */
export function discoverDecoder(
  session: Pick<InferenceSession, "inputMetadata" | "outputMetadata">,
  file: string,
  hints: DecoderHints = NO_HINTS,
): DecoderIo {
  const fail = (what: string): never => {
    throw new ConnectorError(`${file}: ${what}; \`mllm-shap models check\` prints all its inputs and outputs`);
  };
  const inputs = new Map(session.inputMetadata.map((m) => [m.name, m] as const));
  const outputs = new Map(session.outputMetadata.map((m) => [m.name, m] as const));
  const take = (names: readonly string[]): TensorMetadata | null => {
    for (const name of names) {
      const found = inputs.get(hints.names?.inputs[name] ?? name);
      if (found?.isTensor) {
        inputs.delete(found.name);
        return found;
      }
    }
    return null;
  };
  const takeInteger = (names: readonly string[]): IntegerInput | null => {
    const found = take(names);
    if (found === null) return null;
    return INTEGERS.includes(found.type)
      ? { name: found.name, type: found.type, rank: found.shape.length }
      : fail(`input ${described(found)} should hold int64 or int32`);
  };

  const ids = take(["input_ids"]);
  const input = ids ?? take(["inputs_embeds"]) ?? fail("there is neither `input_ids` nor `inputs_embeds`: this graph is no text decoder");
  if (!(ids === null ? FLOATS : INTEGERS).includes(input.type)) fail(`input ${described(input)} is of a type that cannot be fed`);
  const perLayer = perLayerInput(take(["per_layer_inputs"]), fail);
  const logits = logitsOf(outputs, hints, fail);
  const attentionMask = takeInteger(["attention_mask"]);
  const positionIds = takeInteger(["position_ids"]);
  const keep = takeInteger(["logits_to_keep", "num_logits_to_keep"]);
  const branch = take(["use_cache_branch"]);
  const places = take([PLACES]);
  const idle = [...inputs.values()].flatMap((metadata) => idleInput(metadata, hints));
  for (const { name } of idle) inputs.delete(name);
  const caches = [...inputs.values()].map((metadata) => cacheSlot(metadata, outputs, hints, fail));
  const hidden = outputs.get("hidden_states") ?? outputs.get("last_hidden_state");
  return {
    input: {
      kind: ids === null ? "embeds" : "ids",
      name: input.name,
      type: input.type,
      hidden: ids === null ? numeric(input.shape[2]) : null,
    },
    perLayer,
    attentionMask,
    positionIds,
    logitsToKeep: keep,
    places: places === null ? null : { name: places.name, heads: numeric(places.shape[1]) ?? 0 },
    useCacheBranch: branch?.name ?? null,
    caches,
    idle,
    logits,
    hidden: hidden?.isTensor && hidden.shape.length === 3 ? { name: hidden.name, size: numeric(hidden.shape[2]) } : null,
    fixedRows: numeric(input.shape[0]),
  };
}

/** The input of graphs whose caches have room. */
export const PLACES = "mllm_shap.places";

/** Element types that JavaScript can hold: bfloat16 is not among them. */
const FLOATS: readonly string[] = ["float32", "float16"];
const INTEGERS: readonly string[] = ["int64", "int32"];

type Fail = (what: string) => never;
type Outputs = ReadonlyMap<string, InferenceSession.ValueMetadata>;

/** @throws ConnectorError by `fail` where its sizes are not told. */
function perLayerInput(found: TensorMetadata | null, fail: Fail): DecoderIo["perLayer"] {
  if (found === null) return null;
  const [layers = null, size = null] = found.shape.slice(2).map((dim) => numeric(dim));
  if (layers === null || size === null || !FLOATS.includes(found.type))
    return fail(`input ${described(found)} should be floats [batch, tokens, layers, size]`);
  return { name: found.name, type: found.type, sizes: [layers, size], width: layers * size };
}

/** @throws ConnectorError by `fail` where they are not there, as of an encoder, or not `[B, S, vocabulary]` floats. */
function logitsOf(outputs: Outputs, { names }: DecoderHints, fail: Fail): DecoderIo["logits"] {
  const name = names?.outputs.logits ?? "logits";
  const logits = outputs.get(name);
  if (logits === undefined) fail(`there is no output \`${name}\`: this graph is no text decoder`);
  if (!logits?.isTensor || logits.shape.length !== 3) return fail(`output \`${name}\` should have three dims, [batch, tokens, vocabulary]`);
  if (!FLOATS.includes(logits.type)) fail(`output ${described(logits)} should hold float32 or float16: export it so`);
  return { name, type: logits.type, vocabulary: numeric(logits.shape[2]) };
}

/** Itself, where nothing is computed from it and its size is known. */
function idleInput(metadata: InferenceSession.ValueMetadata, { idle }: DecoderHints): DecoderIo["idle"] {
  if (!metadata.isTensor || idle?.has(metadata.name) !== true) return [];
  const dims = metadata.shape.map((dim) => numeric(dim));
  const known = dims.every((dim) => dim !== null) && [...INTEGERS, ...FLOATS].includes(metadata.type);
  return known ? [{ name: metadata.name, type: metadata.type, dims: dims as readonly number[] }] : [];
}

/** @throws ConnectorError by `fail` where the metadata does not fit a cache that we know how to grow. */
function cacheSlot(metadata: InferenceSession.ValueMetadata, outputs: Outputs, hints: DecoderHints, fail: Fail): CacheSlot {
  const named = metadata.isTensor ? cacheName(metadata.name, hints.names) : null;
  if (!metadata.isTensor || named === null) return fail(`the role of input ${described(metadata)} is not known`);
  const present = named.presents.find((name) => outputs.has(name));
  if (present === undefined) return fail(`cache \`${metadata.name}\` has no successor among the outputs (\`${named.presents[0]}\`)`);
  if (!FLOATS.includes(metadata.type)) return fail(`cache ${described(metadata)} should hold float32 or float16: export it so`);
  const dims = cacheDims(named.kind, metadata.shape.slice(1), hints);
  if (typeof dims === "string") return fail(`cache ${described(metadata)} ${dims}`);
  const open = (shape: readonly unknown[]): number => shape.filter((dim) => dim === null).length;
  const assumed = open(metadata.shape.slice(1).map((dim) => numeric(dim))) > open(dims);
  const { kind, layer } = named;
  return { past: metadata.name, present, kind, layer, type: metadata.type as CacheSlot["type"], dims, ...(assumed ? { assumed } : {}) };
}

/**
 * Attention caches have exactly one open dim (the past length), states none. What an export leaves open besides comes from
 * the configuration.
 * @returns dims after the batch, or in words what is wrong with them.
 */
function cacheDims(
  kind: CacheKind,
  shape: readonly (number | string)[],
  { kvHeads, headDim }: DecoderHints,
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

function described(m: InferenceSession.ValueMetadata): string {
  return m.isTensor ? `\`${m.name}\` (${m.type} [${m.shape.join(", ")}])` : `\`${m.name}\` (not a tensor)`;
}

/** Some exporters write numbers as names. */
function numeric(dim: number | string | undefined): number | null {
  if (typeof dim === "string") return /^\d+$/.test(dim) ? Number(dim) : null;
  return dim !== undefined && dim >= 0 ? dim : null;
}

/** One row an input or output: name, element type, shape. */
export function ioRows(inputs: Metadata, outputs: Metadata): readonly { readonly side: "in" | "out"; readonly text: string }[] {
  const row = (side: "in" | "out") => (m: InferenceSession.ValueMetadata) => ({
    side,
    text: m.isTensor ? `${m.name}: ${m.type} [${m.shape.join(", ")}]` : `${m.name}: not a tensor`,
  });
  return [...inputs.map(row("in")), ...outputs.map(row("out"))];
}

/** The rows as text. */
export function ioTable(inputs: Metadata, outputs: Metadata): string {
  return ioRows(inputs, outputs)
    .map(({ side, text }) => `  ${side.padEnd(3)} ${text}`)
    .join("\n");
}
