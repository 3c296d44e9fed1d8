import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DECODE_LIMITS } from "../../../src/audio/files/limits.js";
import { readWav, type Waveform } from "../../../src/audio/files/wav_read.js";
import { writeWav } from "../../../src/audio/files/wav_write.js";
import { maxDifference, sine } from "../../support/signals.js";

const read = (bytes: Uint8Array): Waveform => readWav(bytes, DECODE_LIMITS);

interface Layout {
  readonly code?: number;
  readonly channels?: number;
  readonly rate?: number;
  readonly bits?: number;
  readonly extensible?: boolean;
  readonly riff?: string;
  /** Chunks between the format and the data. */
  readonly between?: readonly [string, number][];
  readonly dataSize?: number;
  /** Bytes a sample takes in the file. @default those it needs */
  readonly place?: number;
}

/** A wave file byte by byte. */
function wav(data: Buffer, layout: Layout = {}): Uint8Array {
  const {
    code = 1,
    channels = 1,
    rate = 16_000,
    bits = 16,
    extensible = false,
    riff = "RIFF",
    between = [],
    dataSize = data.length,
    place = bits / 8,
  } = layout;
  const fmt = Buffer.alloc(extensible ? 40 : 16);
  fmt.writeUInt16LE(extensible ? 0xfffe : code, 0);
  fmt.writeUInt16LE(channels, 2);
  fmt.writeUInt32LE(rate, 4);
  fmt.writeUInt32LE((rate * channels * bits) / 8, 8);
  fmt.writeUInt16LE(channels * place, 12);
  fmt.writeUInt16LE(bits, 14);
  if (extensible) fmt.writeUInt16LE(code, 24);
  const others = between.map(([id, size]) => chunk(id, Buffer.alloc(size, 1), size));
  return Buffer.concat([chunk(riff, Buffer.from("WAVE"), 0), chunk("fmt ", fmt, fmt.length), ...others, chunk("data", data, dataSize)]);
}

function chunk(id: string, body: Buffer, size: number): Buffer {
  const head = Buffer.alloc(8);
  head.write(id, 0, "latin1");
  head.writeUInt32LE(size, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
}

const int16 = (...xs: number[]): Buffer => Buffer.from(Int16Array.from(xs).buffer);

describe("readWav", () => {
  it.each([
    ["8 bits", 1, 8, Buffer.from([0, 128, 192, 255]), [-1, 0, 0.5, 127 / 128]],
    ["16 bits", 1, 16, int16(-32_768, 0, 16_384, 32_767), [-1, 0, 0.5, 32_767 / 32_768]],
    ["24 bits", 1, 24, Buffer.from([0, 0, 0x80, 0, 0, 0, 0, 0, 0x40, 0xff, 0xff, 0x7f]), [-1, 0, 0.5, (2 ** 23 - 1) / 2 ** 23]],
    ["32 bits", 1, 32, Buffer.from(Int32Array.of(-(2 ** 31), 0, 2 ** 30).buffer), [-1, 0, 0.5]],
    ["float", 3, 32, Buffer.from(Float32Array.of(-1, 0, 0.5, 1.5).buffer), [-1, 0, 0.5, 1.5]],
    ["double", 3, 64, Buffer.from(Float64Array.of(-1, 0, 0.5).buffer), [-1, 0, 0.5]],
    ["µ-law", 7, 8, Buffer.from([0xff, 0x7f, 0x80, 0x00]), [0, 0, 32_124 / 32_768, -32_124 / 32_768]],
    ["A-law", 6, 8, Buffer.from([0xd5, 0x55, 0xaa, 0x2a]), [8 / 32_768, -8 / 32_768, 32_256 / 32_768, -32_256 / 32_768]],
  ])("reads %s", (_name, code, bits, data, expected) => {
    expect(maxDifference(read(wav(data, { code, bits })).samples, expected)).toBeLessThan(1e-7);
    expect(maxDifference(read(wav(data, { code, bits, extensible: true })).samples, expected)).toBeLessThan(1e-7);
  });

  it("mixes channels by their mean", () => {
    const { samples, channels } = read(wav(int16(16_384, 0, -16_384, -16_384), { channels: 2 }));
    expect([...samples]).toEqual([0.25, -0.5]);
    expect(channels).toBe(2);
  });

  it("skips other chunks, padded where their size is odd", () => {
    const bytes = wav(int16(16_384), {
      between: [
        ["LIST", 7],
        ["fact", 4],
      ],
    });
    expect([...read(bytes).samples]).toEqual([0.5]);
  });

  it.each([0, 0xffffffff])("reads a streamed file whose data size is %i to its end", (dataSize) => {
    const { samples, notes } = read(wav(int16(1, 2, 3), { dataSize, riff: "RIFF" }));
    expect(samples.length).toBe(3);
    expect(notes).toEqual([]);
  });

  it("reads RF64", () => {
    expect(read(wav(int16(16_384), { riff: "RF64", dataSize: 0xffffffff })).samples.length).toBe(1);
  });

  it("reads 24 bits in 4 bytes, at whichever end they stand", () => {
    const values = [2 ** 22, -(2 ** 22), 2 ** 20 + 1];
    const upper = Buffer.alloc(12);
    const lower = Buffer.alloc(12);
    values.forEach((value, n) => {
      upper.writeInt32LE(value * 256, 4 * n);
      lower.writeInt32LE(value, 4 * n);
    });
    const expected = [0.5, -0.5, (2 ** 20 + 1) / 2 ** 23];
    expect([...read(wav(upper, { bits: 24, place: 4 })).samples]).toEqual(expected);
    expect([...read(wav(lower, { bits: 24, place: 4 })).samples]).toEqual(expected);
  });

  it("reads what is there of a file cut short, and says so", () => {
    const { samples, notes } = read(wav(int16(1, 2, 3), { dataSize: 1000 }));
    expect(samples.length).toBe(3);
    expect(notes).toEqual(["the file is cut short: it declares more samples than the 3 that are there"]);
  });

  it.each([
    ["compressed formats", wav(int16(1), { code: 85, bits: 16 }), "wave format 85 with 16 bits is not supported"],
    ["odd depths", wav(Buffer.alloc(6), { bits: 48 }), "wave format 1 with 48 bits"],
    ["rates", wav(int16(1), { rate: 1_000 }), "a sample rate of 1000 Hz is not supported"],
    ["no channel", wav(int16(1), { channels: 0 }), "declares 0 channels"],
    ["big-endian files", wav(int16(1), { riff: "RIFX" }), "big-endian"],
    ["a file of its header only", wav(int16(1)).subarray(0, 12), "no format chunk"],
    ["a file without data", wav(int16(1)).subarray(0, 36), "no data chunk"],
    [
      "data before the format",
      Buffer.concat([chunk("RIFF", Buffer.from("WAVE"), 0), chunk("data", int16(1), 2)]),
      "no format chunk before",
    ],
    ["two hours", wav(Buffer.alloc(4_000 * 7_200, 128), { bits: 8, rate: 4_000 }), "longer than 30 minutes"],
  ])("refuses %s", (_name, bytes, message) => {
    expect(() => read(bytes)).toThrow(message);
  });

  it("survives any bytes behind a valid head with samples or a message", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (tail) => {
        const bytes = Buffer.concat([Buffer.from("RIFF\0\0\0\0WAVE"), tail]);
        try {
          expect(read(bytes).samples.length).toBeGreaterThanOrEqual(0);
        } catch (error) {
          expect((error as Error).name).toBe("AudioError");
        }
      }),
    );
  });
});

describe("writeWav", () => {
  it("is read back to a step of 16 bits, and exactly in float", () => {
    const wave = sine(440, 0.1, 8_000);
    const pcm = read(writeWav(wave, 8_000));
    expect(pcm.sampleRate).toBe(8_000);
    expect(maxDifference(pcm.samples, wave)).toBeLessThanOrEqual(1 / 32_768);
    expect(maxDifference(read(writeWav(wave, 8_000, "float32")).samples, wave)).toBe(0);
  });

  it("gives every sample of a file of 16 bits back as it was", () => {
    const all = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);
    const { samples } = read(wav(Buffer.from(all.buffer)));
    const written = Buffer.from(writeWav(samples, 16_000)).subarray(44);
    expect(written.equals(Buffer.from(all.buffer))).toBe(true);
  });

  it("clamps to full scale", () => {
    expect([...read(writeWav(Float32Array.of(2, -2), 8_000)).samples]).toEqual([32_767 / 32_768, -1]);
  });
});
