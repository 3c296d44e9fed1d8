import type { SchemaElement } from "hyparquet";
import type { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { StoredResult } from "../../results/player_rows.js";
import { RESULT_FORMAT } from "../../results/result_schema.js";
import { defineFormat, type Sink, type Writer } from "../format.js";
import { type Cell, type ColumnType, PLAYER_COLUMNS, type PlayerColumn, tableRows } from "./columns.js";

/** Rows that are encoded together, and all that is held of them at once. */
const ROWS = 100_000;
/** The files' own word for what they hold. */
const METADATA = "mllm_shap";

/** Apache Parquet, one row a player, for pandas, DuckDB and Arrow. The same results give the same bytes. */
export const parquet = defineFormat<StoredResult>()({ name: "parquet", endings: [".parquet"], binary: true, open });

function open(sink: Sink): Writer<StoredResult> {
  const columns = columnsOf();
  let rows = 0;
  let file: File | null = null;
  let position = 0;
  let tool = "";
  const flush = async (): Promise<void> => {
    file ??= await openFile(tool);
    const columnData = [...columns].map(([name, data]) => ({ name, data: data.splice(0) }));
    file.writer.write({ columnData, rowGroupSize: ROWS });
    rows = 0;
    await sink(taken(file.bytes));
  };
  return {
    async write(result) {
      if (position === 0) tool = `${result.tool.name} ${result.tool.version}`;
      for (const row of tableRows(result, position++)) {
        for (const [name, data] of columns) data.push(row[name]);
        rows++;
      }
      if (rows >= ROWS) await flush();
    },
    async close() {
      if (position === 0) return;
      if (rows > 0 || file === null) await flush();
      file?.writer.finish();
      if (file !== null) await sink(taken(file.bytes));
    },
  };
}

interface File {
  readonly writer: ParquetWriter;
  readonly bytes: ByteWriter;
}

/** The library is loaded where a file is written. @param tool what wrote the first of the results. */
async function openFile(tool: string): Promise<File> {
  const { ByteWriter, ParquetWriter } = await import("hyparquet-writer");
  const bytes = new ByteWriter();
  const value = JSON.stringify({ schema: RESULT_FORMAT, tool });
  const writer = new ParquetWriter({
    writer: bytes,
    schema: schemaOf(),
    kvMetadata: [{ key: METADATA, value }],
    createdBy: tool,
  });
  return { writer, bytes };
}

/** What has been encoded since; the library's count of bytes goes on. */
function taken(bytes: ByteWriter): Uint8Array {
  const part = bytes.getBytes().slice();
  bytes.index = 0;
  return part;
}

const TYPES: Readonly<Record<ColumnType, Pick<SchemaElement, "type" | "converted_type">>> = {
  text: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  whole: { type: "INT32" },
  number: { type: "DOUBLE" },
};

function schemaOf(): SchemaElement[] {
  const leaves = Object.entries<{ readonly type: ColumnType; readonly nullable?: true }>(PLAYER_COLUMNS);
  return [
    { name: "root", num_children: leaves.length },
    ...leaves.map(([name, { type, nullable }]) => ({
      name,
      ...TYPES[type],
      repetition_type: nullable === true ? ("OPTIONAL" as const) : ("REQUIRED" as const),
    })),
  ];
}

function columnsOf(): ReadonlyMap<PlayerColumn, Cell[]> {
  return new Map((Object.keys(PLAYER_COLUMNS) as PlayerColumn[]).map((name) => [name, []]));
}
