import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { SpecError } from "../../errors.js";
import { whyUnreadable } from "../../spec/read.js";
import { reasonOf } from "../../util/errors.js";
import { checkId } from "../id.js";
import { keepSounds } from "../sounds.js";
import { fillIn, type Row } from "../template.js";
import { defineManifest, endsWith, type Line, type ManifestOptions, type Opened, type Template } from "./manifest.js";

export const csv = defineManifest({
  name: "csv",
  summary: "a .csv or .tsv file with a header, each row of which fills in --spec",
  fillsIn: true,
  recognises: (path) => endsWith(path, [".csv", ".tsv"]),
  read: readCsv,
});

export const parquet = defineManifest({
  name: "parquet",
  summary: "a .parquet file, as Hugging Face data sets are, each row of which fills in --spec",
  fillsIn: true,
  recognises: (path) => endsWith(path, [".parquet"]),
  read: readParquet,
});

async function* readCsv(path: string, options: ManifestOptions): AsyncIterable<Line> {
  const template = templateOf(path, options);
  const { parse } = await import("csv-parse");
  const input = createReadStream(resolve(options.cwd, path));
  const parser = parse({ columns: true, bom: true, skip_empty_lines: true, delimiter: endsWith(path, [".tsv"]) ? "\t" : "," });
  input.once("error", (cause) => parser.destroy(cause));
  try {
    let row = 0;
    for await (const record of input.pipe(parser)) yield lineOf(path, row++, () => record as Row, template, options);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** Bytes decoded at a time: sounds in rows take room. */
const STRETCH = 64 * 2 ** 20;

async function* readParquet(path: string, options: ManifestOptions): AsyncIterable<Line> {
  const template = templateOf(path, options);
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } = await import("hyparquet");
  const { compressors } = await import("hyparquet-compressors");
  try {
    const file = await asyncBufferFromFile(resolve(options.cwd, path));
    const metadata = await parquetMetadataAsync(file);
    for (const [from, to] of stretchesOf(metadata.row_groups)) {
      // A shard opens some rows only, and neighbours are decoded together.
      let rows: Promise<readonly Row[]> | null = null;
      const rowAt = async (row: number): Promise<Row> => {
        // Bytes are texts only where the file says so: sounds are none.
        rows ??= parquetReadObjects({ file, metadata, rowStart: from, rowEnd: to, compressors, utf8: false });
        return (await rows.catch((cause) => Promise.reject(unreadable(path, cause))))[row - from] ?? {};
      };
      for (let row = from; row < to; row++) yield lineOf(path, row, () => rowAt(row), template, options);
    }
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

type RowGroups = readonly { readonly num_rows: bigint; readonly total_byte_size: bigint }[];

/** [from, to) of rows of one row group that are decoded at once. */
function* stretchesOf(groups: RowGroups): Generator<readonly [from: number, to: number]> {
  let start = 0;
  for (const { num_rows, total_byte_size } of groups) {
    const end = start + Number(num_rows);
    const step = Math.max(1, Math.floor((Number(num_rows) * STRETCH) / Math.max(1, Number(total_byte_size))));
    for (let from = start; from < end; from += step) yield [from, Math.min(end, from + step)];
    start = end;
  }
}

function templateOf(path: string, { template }: ManifestOptions): Template {
  if (template !== null) return template;
  throw new SpecError(`${path}: a table needs --spec FILE, a spec in which {{column}} stands for a row's value`);
}

function lineOf(path: string, row: number, rowOf: () => Row | Promise<Row>, template: Template, { inputs }: ManifestOptions): Line {
  const where = `${path} row ${row}`;
  return {
    where,
    async open(): Promise<Opened> {
      const values = await keepSounds(await rowOf(), inputs, template.folder);
      try {
        const { id = null, ...data } = fillIn(template.data, values) as Readonly<Record<string, unknown>>;
        const checked = id === null ? null : checkId(id, (why) => new SpecError(why));
        return { id: checked, source: { kind: "inline", json: JSON.stringify(data), folder: template.folder, inputs } };
      } catch (cause) {
        if (cause instanceof SpecError) throw new SpecError(`${where}: ${template.path}: ${cause.message}`, { cause });
        throw cause;
      }
    },
  };
}

function unreadable(path: string, cause: unknown): SpecError {
  if (cause instanceof SpecError) return cause;
  const why = (cause as NodeJS.ErrnoException).code === "ENOENT" ? whyUnreadable(cause) : `cannot be read: ${reasonOf(cause)}`;
  return new SpecError(`${path}: ${why}`, { cause });
}
