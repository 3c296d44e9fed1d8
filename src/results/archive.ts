import { Readable } from "node:stream";
import { createGunzip, createGzip } from "node:zlib";
import type { z } from "zod";
import { MllmShapError, SpecError } from "../errors.js";
import { reasonOf } from "../util/errors.js";
import { isDeeperThan } from "../util/json.js";
import { checkResult } from "./read_result.js";
import type { Recording } from "./recording.js";
import type { Result } from "./result_schema.js";
import {
  AnswerLineSchema,
  ARCHIVE_FORMAT,
  ArchiveHeadSchema,
  CoalitionLineSchema,
  FactsLineSchema,
  InputLineSchema,
  ResultLineSchema,
} from "./schema/archive.js";

/** An explanation with all that its model was asked and answered. */
export interface Archive {
  readonly result: Result;
  readonly recording: Recording;
}

/** Bounds of what is read, so that a stranger's file fills no memory; nothing larger is written. */
const LIMITS = { bytes: 1024 ** 3, lineLength: 64 * 1024 ** 2, depth: 64 } as const;

/** The byte of gzip's head that names a system; this one names none. */
const SYSTEM = { at: 9, unknown: 255 } as const;

/** The two bytes that gzip begins with. */
export const isArchive = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/**
 * The archive as bytes: JSON Lines in gzip. Equal archives are equal bytes with the same Node.js.
 * @throws MllmShapError where it is larger than what is read.
 */
export async function packArchive({ result: { run: _, ...result }, recording }: Archive): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  for await (const part of Readable.from(bounded(linesOf({ result, recording }))).pipe(createGzip())) parts.push(part as Buffer);
  const packed = Buffer.concat(parts);
  packed[SYSTEM.at] = SYSTEM.unknown;
  return packed;
}

function* linesOf({ result, recording }: Archive): Generator<object> {
  const { answers, asked, coalitions, input_of, ...facts } = recording;
  const counts = { answers: answers.length, inputs: asked.length, coalitions: coalitions.length };
  yield { schema: ARCHIVE_FORMAT, tool: recording.tool, ...counts } satisfies z.input<typeof ArchiveHeadSchema>;
  yield { result };
  yield { recording: facts };
  for (const answer of answers) yield { answer };
  for (const input of asked) yield { input };
  for (const [i, coalition] of coalitions.entries()) yield { coalition, input: input_of[i] };
}

function* bounded(lines: Iterable<object>): Generator<string> {
  let bytes = 0;
  for (const line of lines) {
    const text = `${JSON.stringify(line)}\n`;
    bytes += Buffer.byteLength(text);
    if (text.length > LIMITS.lineLength || bytes > LIMITS.bytes) {
      throw new MllmShapError(
        `the archive would be larger than ${LIMITS.bytes} bytes, or a line of it than ${LIMITS.lineLength} characters`,
      );
    }
    yield text;
  }
}

/**
 * @param name of the file, for messages.
 * @throws SpecError, in one line, where the bytes are no archive, are damaged or cut off, or hold more than an archive may.
 */
export async function unpackArchive(bytes: Uint8Array, name: string): Promise<Archive> {
  if (!isArchive(bytes)) throw new SpecError(`${name}: not a ${ARCHIVE_FORMAT}`);
  const lines = readerOf(linesIn(bytes, name), name);
  const head = await lines.next(ArchiveHeadSchema);
  const { result } = await lines.next(ResultLineSchema);
  const { recording: facts } = await lines.next(FactsLineSchema);
  const answers = await lines.several(head.answers, AnswerLineSchema);
  const inputs = await lines.several(head.inputs, InputLineSchema);
  const coalitions = await lines.several(head.coalitions, CoalitionLineSchema);
  await lines.end();
  const recording = {
    ...facts,
    answers: answers.map(({ answer }) => answer),
    asked: inputs.map(({ input }) => input),
    coalitions: coalitions.map(({ coalition }) => coalition),
    input_of: coalitions.map(({ input }) => input),
  };
  return { result: checkResult(result, `${name}:2`), recording };
}

/** Takes one line after the other, each by its schema. */
interface LineReader {
  next<T>(schema: z.ZodType<T>): Promise<T>;
  several<T>(count: number, schema: z.ZodType<T>): Promise<readonly T[]>;
  /** @throws SpecError where there is another line. */
  end(): Promise<void>;
}

function readerOf(lines: AsyncGenerator<string>, file: string): LineReader {
  let line = 0;
  const fail = (message: string, cause?: unknown): SpecError => new SpecError(message, { position: { file, line }, cause });
  const next = async <T>(schema: z.ZodType<T>): Promise<T> => {
    const { value, done } = await lines.next();
    line++;
    if (done === true) throw fail("the archive ends here, and its first line promises more");
    if (isDeeperThan(value, LIMITS.depth)) throw fail(`is nested deeper than ${LIMITS.depth} levels`);
    const parsed = schema.safeParse(parse(value, fail));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw fail(`not a valid ${ARCHIVE_FORMAT}: ${issue?.path.join(".") || "the line"}: ${issue?.message ?? ""}`, parsed.error);
  };
  return {
    next,
    async several(count, schema) {
      const found: z.output<typeof schema>[] = [];
      while (found.length < count) found.push(await next(schema));
      return found;
    },
    async end() {
      const { done } = await lines.next();
      line++;
      if (done !== true) throw fail("the archive goes on here, and its first line promises no more");
    },
  };
}

function parse(text: string, fail: (message: string, cause: unknown) => SpecError): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw fail(`not JSON: ${reasonOf(cause).replace(/\s+/g, " ")}`, cause);
  }
}

/** Lines of what was packed. A line is put together once, whatever the parts that it comes in. */
async function* linesIn(bytes: Uint8Array, name: string): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let pieces: string[] = [];
  let length = 0;
  let unpacked = 0;
  try {
    for await (const chunk of Readable.from([bytes]).pipe(createGunzip({ chunkSize: 64 * 1024 }))) {
      unpacked += (chunk as Buffer).length;
      const [first = "", ...others] = decoder.decode(chunk as Buffer, { stream: true }).split("\n");
      pieces.push(first);
      length += first.length;
      if (unpacked > LIMITS.bytes || length > LIMITS.lineLength) throw new SpecError(`${name}: holds more than an archive may`);
      for (const other of others) {
        yield pieces.join("");
        pieces = [other];
        length = other.length;
      }
    }
    decoder.decode();
  } catch (cause) {
    if (cause instanceof SpecError) throw cause;
    throw new SpecError(`${name}: the archive is damaged or cut off: ${reasonOf(cause)}`, { cause });
  }
  if (length > 0) yield pieces.join("");
}
