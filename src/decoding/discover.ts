import type { InferenceSession } from "onnxruntime-node";
import { ConnectorError } from "../errors.js";
import { type CacheHints, type CacheSlot, cacheSlot } from "./cache_slot.js";
import { PICKED, SCORED } from "./head_edit.js";
import { described, type Fail, FLOATS, INTEGERS, numeric, type Outputs, type TensorMetadata } from "./metadata.js";
import { isStart } from "./start_edit.js";

type Metadata = readonly InferenceSession.ValueMetadata[];

/** int64 or int32. */
export interface IntegerInput {
  readonly name: string;
  readonly type: string;
  readonly rank: number;
}

/** What a model's configuration says of its decoder, where the metadata does not. */
export interface DecoderHints extends CacheHints {
  /** Inputs that nothing is computed from (`idleInputs`). */
  readonly idle?: ReadonlySet<string>;
  /** @default embeddings go in, or text alone */
  readonly sound?: SoundHints;
}

/** A decoder that takes rows of sound beside ids. */
export interface SoundHints {
  /** Names that exports give the rows. */
  readonly rows: readonly string[];
  /** Token in whose places they stand, in order. */
  readonly placeholder: number;
  /** Inputs for what is never fed, which get nothing, and tokens that would stand for it. */
  readonly unfed: readonly string[];
  readonly unfedIds: readonly number[];
  /** Numbers of a row. */
  readonly hidden: number | null;
}

/** The rows of sound that a graph takes: float `[N, hidden]` or `[1, N, hidden]`, in the order of their places in the flattened batch. */
export interface SoundInput {
  readonly name: string;
  readonly type: string;
  readonly rank: number;
  readonly hidden: number;
  readonly placeholder: number;
  /** Tokens that no prompt has: they stand for what is never fed. */
  readonly unfedIds: readonly number[];
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
  /** Rows of sound beside ids; null where sound comes as embeddings, or not at all. */
  readonly sound: SoundInput | null;
  readonly attentionMask: IntegerInput | null;
  readonly positionIds: IntegerInput | null;
  /** Scalar or `[1]`: 0 = logits of all positions, n = of the last n. */
  readonly logitsToKeep: IntegerInput | null;
  /** int64 `[B, heads, S, 3]`: where in the caches what is fed goes. Only graphs that were changed for it have it (`withRoom`). */
  readonly places: { readonly name: string; readonly heads: number } | null;
  /** Beside each cache `[1, heads, S, head dim]`, what all rows start with, which may be nothing. Only graphs that were changed for it have it (`startEdit`). */
  readonly starts: boolean;
  /** int64 `[1, picked]`: the positions that get logits, `row × fed + position` each, and whether the graph scores them. Only graphs that were changed for it have it (`pickedHead`). */
  readonly picked: { readonly scores: boolean } | null;
  /** bool `[1]` of merged exports: whether the past is to be read. */
  readonly useCacheBranch: string | null;
  readonly caches: readonly CacheSlot[];
  /** Inputs that nothing is computed from, or that get nothing, which must be fed all the same. */
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
  const sound = soundInput(take(hints.sound?.rows ?? []), hints.sound, fail);
  const unfed = (hints.sound?.unfed ?? []).map((name) => take([name])).filter((found) => found !== null);
  const logits = logitsOf(outputs, hints, fail);
  const attentionMask = takeInteger(["attention_mask"]);
  const positionIds = takeInteger(["position_ids"]);
  const keep = takeInteger(["logits_to_keep", "num_logits_to_keep"]);
  const branch = take(["use_cache_branch"]);
  const places = take([PLACES]);
  const [picked, scored] = [take([PICKED]), take([SCORED])];
  const starts = [...inputs.keys()].filter(isStart);
  for (const name of starts) inputs.delete(name);
  const idle = [...inputs.values()].flatMap((metadata) => idleInput(metadata, hints));
  for (const { name } of idle) inputs.delete(name);
  const slots = [...inputs.values()].map((metadata) => cacheSlot(metadata, outputs, hints, fail));
  const unknown = [...inputs.values()].filter((_, i) => slots[i] === null).map(described);
  if (unknown.length > 0) fail(`the role of input ${unknown.join(" and that of ")} is not known`);
  const caches = slots.filter((slot) => slot !== null);
  const hidden = outputs.get("hidden_states") ?? outputs.get("last_hidden_state");
  return {
    input: {
      kind: ids === null ? "embeds" : "ids",
      name: input.name,
      type: input.type,
      hidden: ids === null ? numeric(input.shape[2]) : null,
    },
    perLayer,
    sound,
    attentionMask,
    positionIds,
    logitsToKeep: keep,
    places: places === null ? null : { name: places.name, heads: numeric(places.shape[1]) ?? 0 },
    starts: starts.length > 0,
    picked: picked === null ? null : { scores: scored !== null },
    useCacheBranch: branch?.name ?? null,
    caches,
    idle: [...idle, ...unfed.map(nothingOf)],
    logits,
    hidden: hidden?.isTensor && hidden.shape.length === 3 ? { name: hidden.name, size: numeric(hidden.shape[2]) } : null,
    fixedRows: numeric(input.shape[0]),
  };
}

/** The input of graphs whose caches have room. */
export const PLACES = "mllm_shap.places";

/** @throws ConnectorError by `fail` where its sizes are not told. */
function perLayerInput(found: TensorMetadata | null, fail: Fail): DecoderIo["perLayer"] {
  if (found === null) return null;
  const [layers = null, size = null] = found.shape.slice(2).map((dim) => numeric(dim));
  if (layers === null || size === null || !FLOATS.includes(found.type))
    return fail(`input ${described(found)} should be floats [batch, tokens, layers, size]`);
  return { name: found.name, type: found.type, sizes: [layers, size], width: layers * size };
}

/** @throws ConnectorError by `fail` where it should be there and is not, or its rows cannot be fed. */
function soundInput(found: TensorMetadata | null, hints: SoundHints | undefined, fail: Fail): SoundInput | null {
  if (hints === undefined) return null;
  if (found === null) return fail(`there is no input \`${hints.rows[0]}\`, which takes the rows of sound`);
  const { name, type, shape } = found;
  const hidden = numeric(shape.at(-1)) ?? hints.hidden;
  if (hidden === null || !FLOATS.includes(type) || shape.length < 2 || shape.length > 3)
    return fail(`input ${described(found)} should be floats [rows, size], of which the graph or the configuration tells the size`);
  return { name, type, rank: shape.length, hidden, placeholder: hints.placeholder, unfedIds: hints.unfedIds };
}

/** An input as it is fed where there is nothing to feed: open axes have no length, but for that of a batch. */
function nothingOf({ name, type, shape }: TensorMetadata): DecoderIo["idle"][number] {
  const dims = shape.map((dim, i) => numeric(dim) ?? (i === 0 && shape.length > 2 ? 1 : 0));
  return { name, type, dims };
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
