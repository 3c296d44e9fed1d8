import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { integer, message, text } from "../../src/onnx/onnx_encode.js";
import { type Field, fieldBefore, ProtobufFile } from "../../src/onnx/protobuf_file.js";
import { temporaryFolder } from "../support/decoder_files.js";

/** Fields 1 are texts, fields 2 numbers, fields 3 bytes that are passed over, as weights are. */
type Part = string | number | { readonly skipped: number };

function reading<T>(folder: string, bytes: Uint8Array, read: (file: ProtobufFile) => T): T {
  const path = join(folder, "message.bin");
  writeFileSync(path, bytes);
  const descriptor = openSync(path, "r");
  try {
    return read(new ProtobufFile(descriptor, bytes.length));
  } finally {
    closeSync(descriptor);
  }
}

function encoded(part: Part): Uint8Array {
  if (typeof part === "string") return text(1, part);
  return typeof part === "number" ? integer(2, part) : message(3, new Uint8Array(part.skipped).fill(0xff));
}

function decoded(file: ProtobufFile, field: Field): Part {
  if (field.number === 1) return file.text(field);
  return field.number === 2 ? field.value : { skipped: field.end - field.start };
}

const parts = fc.array(
  fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 40 }),
    fc.string({ minLength: 300, maxLength: 3_000 }),
    fc.nat({ max: 2 ** 31 - 1 }),
    fc.maxSafeInteger(),
    fc.record({ skipped: fc.oneof(fc.nat({ max: 700 }), fc.nat({ max: 200_000 })) }),
  ),
  { maxLength: 60 },
);

test("what is read is what was written, wherever the windows that it is read by begin and end", () => {
  const folder = temporaryFolder();
  fc.assert(
    fc.property(parts, (wanted) => {
      reading(folder, Buffer.concat(wanted.map(encoded)), (file) => {
        const fields = [...file.fields(0, file.size)];
        expect(fields.map((field) => decoded(file, field))).toEqual(wanted);
        // Back to what was read before, in any order.
        expect(fields.toReversed().map((field) => decoded(file, field))).toEqual(wanted.toReversed());
        const found: Part[] = [];
        const field = fieldBefore(0);
        while (file.next(field, file.size)) found.push(decoded(file, field));
        expect(found).toEqual(wanted);
      });
    }),
    { numRuns: 200 },
  );
});

test("a message that is cut off anywhere inside of a field is none", () => {
  const folder = temporaryFolder();
  const whole = Buffer.concat([text(1, "name"), integer(2, 300), message(3, new Uint8Array(1_000)), text(1, "x".repeat(700))]);
  const ends = new Set([0, 6, 9, 9 + 3 + 1_000]);
  for (let size = 0; size < whole.length; size++) {
    const read = () => reading(folder, whole.subarray(0, size), (file) => [...file.fields(0, size)].map((field) => decoded(file, field)));
    if (ends.has(size)) expect(read).not.toThrow();
    else expect(read, `${size} bytes`).toThrow(RangeError);
  }
});
