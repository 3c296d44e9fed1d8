const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};

export const box = (type: string, ...body: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(body);
  return Buffer.concat([u32(content.length + 8), Buffer.from(type, "latin1"), content]);
};

const full = (type: string, ...words: readonly (number | Uint8Array)[]): Buffer =>
  box(type, u32(0), ...words.map((word) => (typeof word === "number" ? u32(word) : word)));

export interface Mp4Shape {
  readonly codec: string;
  readonly sampleRate: number;
  readonly bits?: number;
  /** Bytes of each packet; a number = all alike, so many that `count` says. */
  readonly sizes: readonly number[] | number;
  readonly count?: number;
  /** Media ticks of each packet, at the sample rate. */
  readonly ticks: number;
  /** Declared entries of the chunk and run tables. @default 1 */
  readonly offsets?: number;
  readonly runs?: number;
  readonly packetsInChunk?: number;
  readonly entry?: Uint8Array;
  /** The handler stands behind the tables. */
  readonly late?: boolean;
  readonly media: Uint8Array;
}

/** An MP4 file with one track of sound in one chunk; its tables say what they are told to say. */
export function mp4(shape: Mp4Shape): Buffer {
  const count = typeof shape.sizes === "number" ? (shape.count ?? 1) : shape.sizes.length;
  const index = (at: number): Buffer => {
    const entry = box(
      shape.codec,
      Buffer.from([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, shape.bits ?? 16, 0, 0, 0, 0]),
      Buffer.from([shape.sampleRate >> 8, shape.sampleRate & 255, 0, 0]),
      shape.entry ?? new Uint8Array(0),
    );
    const sizes = typeof shape.sizes === "number" ? full("stsz", shape.sizes, count) : full("stsz", 0, count, ...shape.sizes);
    const tables = box(
      "stbl",
      full("stsd", 1, entry),
      full("stts", 1, count, shape.ticks),
      full("stsc", shape.runs ?? 1, 1, shape.packetsInChunk ?? count, 1),
      sizes,
      full("stco", shape.offsets ?? 1, at),
    );
    const header = full("mdhd", 0, 0, shape.sampleRate, shape.ticks * Math.min(count, 2 ** 20), 0);
    const handler = full("hdlr", 0, Buffer.from("soun"), Buffer.alloc(13));
    const info = box("minf", tables);
    const media = shape.late ? box("mdia", header, info, handler) : box("mdia", header, handler, info);
    return box("moov", full("mvhd", Buffer.alloc(96)), box("trak", full("tkhd", 0, 0, 1, Buffer.alloc(68)), media));
  };
  const head = box("ftyp", Buffer.from("isom\0\0\0\0", "latin1"));
  const length = head.length + index(0).length;
  return Buffer.concat([head, index(length + 8), box("mdat", shape.media)]);
}
