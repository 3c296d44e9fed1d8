import type { InferenceSession } from "onnxruntime-node";
import { ConnectorError } from "../errors.js";

type Metadata = readonly InferenceSession.ValueMetadata[];
type TensorMetadata = InferenceSession.TensorValueMetadata;

/** One cache input and the output that replaces it after a pass. */
export interface CacheSlot {
  readonly past: string;
  readonly present: string;
  readonly kind: "key" | "value" | "conv" | "ssm" | "recurrent";
  readonly layer: number;
  readonly type: "float32" | "float16";
  /** Dims after the batch; null = the past length. Fixed-size states (convolution, SSM) have none. */
  readonly dims: readonly (number | null)[];
}

/** What a decoder graph is fed and gives, found from its metadata: names of exports differ, roles do not. */
export interface DecoderIo {
  /** `ids`: int64 `[B, S]`; `embeds`: float `[B, S, hidden]`. */
  readonly input: { readonly kind: "ids" | "embeds"; readonly name: string; readonly type: string; readonly hidden: number | null };
  readonly attentionMask: string | null;
  readonly positionIds: string | null;
  /** int64 scalar or `[1]`: 0 = logits of all positions, n = of the last n. */
  readonly logitsToKeep: { readonly name: string; readonly rank: number } | null;
  /** bool `[1]` of merged exports: whether the past is to be read. */
  readonly useCacheBranch: string | null;
  readonly caches: readonly CacheSlot[];
  readonly logits: { readonly name: string; readonly type: string; readonly vocabulary: number | null };
  /** Last hidden states `[B, S, hidden]`, where the graph gives them. */
  readonly hidden: { readonly name: string; readonly size: number | null } | null;
  /** The graph was exported for this many rows only; null = any. */
  readonly fixedRows: number | null;
}

const CACHE = /^past_(?:key_values\.(\d+)\.(key|value)|(conv|ssm|recurrent)\.(\d+))$/;

/**
 * @throws ConnectorError with the whole input/output table where an input has no known role, a cache has no output, or
 * there are no logits: feeding a guess would give wrong numbers in silence.
 */
export function discoverDecoder(session: Pick<InferenceSession, "inputMetadata" | "outputMetadata">, file: string): DecoderIo {
  const fail = (what: string): never => {
    throw new ConnectorError(`${file}: ${what}; its inputs and outputs are\n${ioTable(session.inputMetadata, session.outputMetadata)}`);
  };
  const inputs = new Map(session.inputMetadata.map((m) => [m.name, m] as const));
  const outputs = new Map(session.outputMetadata.map((m) => [m.name, m] as const));
  const take = (...names: string[]): TensorMetadata | null => {
    for (const name of names) {
      const found = inputs.get(name);
      if (found?.isTensor) {
        inputs.delete(name);
        return found;
      }
    }
    return null;
  };

  const ids = take("input_ids");
  const input = ids ?? take("inputs_embeds") ?? fail("there is neither `input_ids` nor `inputs_embeds`");
  const attentionMask = take("attention_mask");
  const positionIds = take("position_ids");
  const keep = take("logits_to_keep", "num_logits_to_keep");
  const branch = take("use_cache_branch");
  const caches: CacheSlot[] = [];
  for (const metadata of [...inputs.values()]) {
    const slot = metadata.isTensor ? cacheSlot(metadata, outputs) : null;
    if (slot === null) fail(`the role of input \`${metadata.name}\` is not known`);
    else caches.push(slot);
  }
  const logits = outputs.get("logits");
  if (!logits?.isTensor || logits.shape.length !== 3) return fail("there is no output `logits` of rank 3");
  const hidden = outputs.get("hidden_states") ?? outputs.get("last_hidden_state");
  const rows = input.shape[0];
  return {
    input: {
      kind: ids === null ? "embeds" : "ids",
      name: input.name,
      type: input.type,
      hidden: ids === null ? numeric(input.shape[2]) : null,
    },
    attentionMask: attentionMask?.name ?? null,
    positionIds: positionIds?.name ?? null,
    logitsToKeep: keep === null ? null : { name: keep.name, rank: keep.shape.length },
    useCacheBranch: branch?.name ?? null,
    caches,
    logits: { name: "logits", type: logits.type, vocabulary: numeric(logits.shape[2]) },
    hidden: hidden?.isTensor && hidden.shape.length === 3 ? { name: hidden.name, size: numeric(hidden.shape[2]) } : null,
    fixedRows: numeric(rows),
  };
}

/** null where the metadata does not fit a cache that we know how to grow. */
function cacheSlot(metadata: TensorMetadata, outputs: ReadonlyMap<string, InferenceSession.ValueMetadata>): CacheSlot | null {
  const match = CACHE.exec(metadata.name);
  if (match === null || (metadata.type !== "float32" && metadata.type !== "float16")) return null;
  const kind = (match[2] ?? match[3]) as CacheSlot["kind"];
  const layer = Number(match[1] ?? match[4]);
  const present = presentNames(kind, layer).find((name) => outputs.has(name));
  const dims = cacheDims(kind, metadata.shape.slice(1));
  if (present === undefined || dims === null) return null;
  return { past: metadata.name, present, kind, layer, type: metadata.type, dims };
}

function presentNames(kind: CacheSlot["kind"], layer: number): readonly string[] {
  if (kind === "key" || kind === "value") return [`present.${layer}.${kind}`, `present_key_values.${layer}.${kind}`];
  return [`present_${kind}.${layer}`, `present.${layer}.${kind}`];
}

/** Attention caches have exactly one open dim (the past length), states none. */
function cacheDims(kind: CacheSlot["kind"], shape: readonly (number | string)[]): readonly (number | null)[] | null {
  const dims = shape.map((dim) => numeric(dim));
  const open = dims.filter((dim) => dim === null).length;
  return open === (kind === "key" || kind === "value" ? 1 : 0) ? dims : null;
}

function numeric(dim: number | string | undefined): number | null {
  return typeof dim === "number" && dim >= 0 ? dim : null;
}

/** One line an input or output: name, element type, shape. */
export function ioTable(inputs: Metadata, outputs: Metadata): string {
  const line = (side: string, m: InferenceSession.ValueMetadata): string =>
    m.isTensor ? `  ${side} ${m.name}: ${m.type} [${m.shape.join(", ")}]` : `  ${side} ${m.name}: not a tensor`;
  return [...inputs.map((m) => line("in ", m)), ...outputs.map((m) => line("out", m))].join("\n");
}
