import { closeSync, readSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ConnectorError } from "../errors.js";
import { admit, openRegularSync } from "../repos/door.js";
import { readJsonAs } from "../repos/read_files.js";
import { ByteLru } from "../util/byte_lru.js";
import { reasonOf } from "../util/errors.js";
import { readNpyHeader } from "./npy.js";
import { halvesToFloat32 } from "./tensors.js";

/** Rows of an embedding, read when they are asked for. */
export interface RowSource {
  readonly hidden: number;
  /** Numbers behind these in every row: what the decoder's layers are fed besides. @default 0 */
  readonly layered?: number;
  /** Rows that there are; null where a graph does not tell. */
  readonly count: number | null;
  /** `[hidden + layered]` each, in order; not to be modified. */
  rows(indices: readonly number[]): Promise<readonly Float32Array[]> | readonly Float32Array[];
  close(): Promise<void>;
}

const WIDTHS = { float32: 4, float16: 2, bfloat16: 2 } as const;
export type ElementType = keyof typeof WIDTHS;

const TYPE_NAMES: Readonly<Record<string, ElementType>> = {
  float32: "float32",
  fp32: "float32",
  f32: "float32",
  "<f4": "float32",
  float16: "float16",
  fp16: "float16",
  f16: "float16",
  "<f2": "float16",
  bfloat16: "bfloat16",
  bf16: "bfloat16",
};

/** Bytes of rows that stay in memory: the words of a conversation come again and again. */
const CACHE_BYTES = 32 * 2 ** 20;

/** Of the published `embed_tokens.json` and `audio_embedding.json`. */
const Description = z.object({
  vocab_size: z.int().min(1),
  hidden_size: z.int().min(1),
  dtype: z.string().default("float32"),
  byte_order: z.literal("little").default("little"),
});

/**
 * A raw table beside its JSON description, or a .npy file.
 * @param path, description relative to `folder`.
 * @throws ConnectorError where the file is missing, of an unknown type, or not as long as described.
 */
export async function openTable(folder: string, path: string, description: string | null): Promise<RowSource> {
  const file = await admit(folder, path).catch((cause: unknown) => {
    throw cause instanceof ConnectorError ? cause : unreadable(join(folder, path), cause);
  });
  if (description === null) {
    const { rows, columns, type, offset } = readNpyHeader(file);
    return new FileTable(file, { count: rows, hidden: columns, type: elementType(type, file), offset });
  }
  const { vocab_size: count, hidden_size: hidden, dtype } = await readJsonAs(folder, description, Description);
  return new FileTable(file, { count, hidden, type: elementType(dtype, join(folder, description)), offset: 0 });
}

interface TableShape {
  readonly count: number;
  readonly hidden: number;
  readonly type: ElementType;
  /** Bytes before the first row. */
  readonly offset: number;
}

class FileTable implements RowSource {
  readonly hidden: number;
  readonly count: number;
  private readonly descriptor: number;
  private readonly cache = new ByteLru<Float32Array>(CACHE_BYTES);

  constructor(
    private readonly path: string,
    private readonly shape: TableShape,
  ) {
    this.hidden = shape.hidden;
    this.count = shape.count;
    const { descriptor, size } = openFile(path);
    this.descriptor = descriptor;
    const wanted = shape.offset + shape.count * this.rowBytes;
    if (!Number.isSafeInteger(wanted) || size !== wanted) {
      closeSync(this.descriptor);
      throw new ConnectorError(
        `${path} has ${size} bytes, but ${shape.count} rows of ${shape.hidden} × ${shape.type} take ${wanted}: it is damaged or described wrongly`,
      );
    }
  }

  rows(indices: readonly number[]): readonly Float32Array[] {
    return indices.map((index) => this.row(index));
  }

  async close(): Promise<void> {
    closeSync(this.descriptor);
  }

  private get rowBytes(): number {
    return this.hidden * WIDTHS[this.shape.type];
  }

  private row(index: number): Float32Array {
    if (index < 0 || index >= this.count) throw new ConnectorError(`${this.path} has no row ${index}: valid are 0…${this.count - 1}`);
    const kept = this.cache.get(String(index));
    if (kept !== undefined) return kept;
    const bytes = new Uint8Array(this.rowBytes);
    const read = readSync(this.descriptor, bytes, 0, bytes.length, this.shape.offset + index * this.rowBytes);
    if (read !== bytes.length) throw new ConnectorError(`${this.path} ends inside of row ${index}`);
    const row = toFloats(bytes, this.shape.type);
    this.cache.set(String(index), row, row.byteLength);
    return row;
  }
}

/** Little-endian, as every machine that onnxruntime-node runs on. */
function toFloats({ buffer }: Uint8Array<ArrayBuffer>, type: ElementType): Float32Array {
  if (type === "float32") return new Float32Array(buffer);
  const halves = new Uint16Array(buffer);
  if (type === "float16") return halvesToFloat32(halves);
  return new Float32Array(Uint32Array.from(halves, (bits) => bits << 16).buffer);
}

function elementType(name: string, file: string): ElementType {
  const type = TYPE_NAMES[name];
  if (type === undefined)
    throw new ConnectorError(`${file}: numbers of type ${name} cannot be read: valid are ${Object.keys(WIDTHS).join(", ")}`);
  return type;
}

function openFile(path: string): { readonly descriptor: number; readonly size: number } {
  try {
    return openRegularSync(path);
  } catch (cause) {
    throw cause instanceof ConnectorError ? cause : unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): ConnectorError {
  return new ConnectorError(`${path} cannot be read: ${reasonOf(cause)}`, { cause });
}
