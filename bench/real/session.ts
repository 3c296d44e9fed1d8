import { InferenceSession, Tensor } from "onnxruntime-node";

export type Cache = Readonly<Record<string, Tensor>>;

/** Rows of one length that are fed behind what a cache holds. */
export interface Fed {
  /** `[rows, width]` row-major. */
  readonly ids: readonly number[];
  /** `[rows, width, hidden]` row-major: what stands for the ids in a decoder that is fed that. */
  readonly embeds?: Float32Array | undefined;
  readonly rows: number;
  /** Tokens of each row in the cache. */
  readonly seen: number;
  readonly cache: Cache;
}

/** A decoder in the runtime's own session, as a user's program holds it. */
export interface PlainSession {
  /** Of rows that have seen so many zeros. */
  zeros(rows: number, seen: number): Cache;
  /** @param fetches outputs by name. @default all */
  run(fed: Fed, fetches?: readonly string[]): Promise<Cache>;
}

/** What is fed but caches. */
const TOKENS: Readonly<Record<string, (fed: Fed) => readonly number[]>> = {
  input_ids: ({ ids }) => ids,
  attention_mask: ({ ids, rows, seen }) => new Array<number>(rows * seen + ids.length).fill(1),
  position_ids: ({ ids, rows, seen }) => ids.map((_, at) => seen + (at % (ids.length / rows))),
};

const EMBEDS = "inputs_embeds";

/** With the runtime's own defaults. @param path of the graph */
export async function openPlain(path: string): Promise<PlainSession> {
  const session = await InferenceSession.create(path);
  const tensors = session.inputMetadata.filter((input) => input.isTensor);
  const own = tensors.filter(({ name }) => name in TOKENS);
  const caches = tensors.filter(({ name }) => !(name in TOKENS || name === EMBEDS));
  return {
    zeros: (rows, seen) =>
      Object.fromEntries(
        caches.map(({ name, shape }) => {
          const dims = shape.map((dim, i) => (i === 0 ? rows : typeof dim === "number" ? dim : seen));
          return [name, new Tensor("float32", new Float32Array(dims.reduce((a, b) => a * b, 1)), dims)];
        }),
      ),
    async run(fed, fetches) {
      const feeds: Record<string, Tensor> = { ...fed.cache };
      const { ids, embeds, rows } = fed;
      if (embeds !== undefined) feeds[EMBEDS] = new Tensor("float32", embeds, [rows, ids.length / rows, embeds.length / ids.length]);
      for (const { name } of own) {
        const values = TOKENS[name]?.(fed) ?? [];
        feeds[name] = new Tensor("int64", BigInt64Array.from(values, BigInt), [fed.rows, values.length / fed.rows]);
      }
      return fetches === undefined ? await session.run(feeds) : await session.run(feeds, [...fetches]);
    },
  };
}

/** What a pass gave, as the next one takes it: attention's `present.0.key` as `past_key_values.0.key`, a convolution's `present_conv.0` as `past_conv.0`. */
export const cacheOf = (outputs: Cache): Cache =>
  Object.fromEntries(
    Object.entries(outputs)
      .filter(([name]) => name.startsWith("present"))
      .map(([name, tensor]) => [name.replace(/^present\./, "past_key_values.").replace(/^present_/, "past_"), tensor]),
  );
