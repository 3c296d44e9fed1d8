import { InferenceSession, Tensor } from "onnxruntime-node";

export type Cache = Readonly<Record<string, Tensor>>;

/** Rows of one length that are fed behind what a cache holds. */
export interface Fed {
  /** `[rows, width]` row-major. */
  readonly ids: readonly number[];
  readonly rows: number;
  /** Tokens of each row in the cache. */
  readonly seen: number;
  readonly cache: Cache;
}

/** A decoder in the runtime's own session, as a user's program holds it. */
export interface PlainSession {
  /** @param fetches outputs by name. @default all */
  run(fed: Fed, fetches?: readonly string[]): Promise<Cache>;
}

/** With the runtime's own defaults. @param path of the graph */
export async function openPlain(path: string): Promise<PlainSession> {
  const session = await InferenceSession.create(path);
  return {
    async run({ ids, rows, seen, cache }, fetches) {
      const width = ids.length / rows;
      const int64 = (values: readonly number[], columns: number): Tensor =>
        new Tensor("int64", BigInt64Array.from(values, BigInt), [rows, columns]);
      const feeds: Record<string, Tensor> = {};
      for (const input of session.inputMetadata) {
        if (!input.isTensor) continue;
        const dims = input.shape.map((dim, i) => (i === 0 ? rows : typeof dim === "number" ? dim : 0));
        const size = dims.reduce((a, b) => a * b, 1);
        if (input.name === "input_ids") feeds[input.name] = int64(ids, width);
        else if (input.name === "attention_mask") feeds[input.name] = int64(new Array<number>(rows * (seen + width)).fill(1), seen + width);
        else if (input.name === "position_ids") {
          const positions = ids.map((_, at) => seen + (at % width));
          feeds[input.name] = int64(positions, width);
        } else feeds[input.name] = cache[input.name] ?? new Tensor("float32", new Float32Array(size), dims);
      }
      return fetches === undefined ? await session.run(feeds) : await session.run(feeds, [...fetches]);
    },
  };
}

/** What a pass gave, as the next one takes it. */
export const cacheOf = (outputs: Cache): Cache =>
  Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name.replace(/^present/, "past_key_values"), tensor]));
