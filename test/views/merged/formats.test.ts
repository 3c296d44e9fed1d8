import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { describe, expect, test } from "vitest";
import type { StoredResult } from "../../../src/results/player_rows.js";
import { DEFAULT_FIGURE } from "../../../src/views/figure_options.js";
import { PLAYER_COLUMNS } from "../../../src/views/merged/columns.js";
import { MERGED_FORMATS } from "../../../src/views/merged/formats.js";
import { folderWith } from "../../cli/run.js";
import { rendered } from "../../support/render.js";
import { sampleResult, word } from "../../support/samples.js";

/** A Python with pyarrow and duckdb, for the tests that read our files with theirs. */
const PYTHON = process.env.MLLM_SHAP_PYTHON;

const result = (i: number): StoredResult => ({
  id: `c${i}`,
  key: i.toString(16).padStart(64, "0"),
  ...sampleResult({
    turns: [
      {
        role: "user",
        entries: [
          { tokens: [word('ü, "a"\n', 0.5 + i), word("=b", -0.25)] },
          { audio: true, tokens: [{ text: "c", value: 1, time: [0, 0.5] }] },
        ],
      },
      { role: "assistant", entries: [{ tokens: [word("d", 2)] }] },
    ],
  }),
});

async function parquet(results: readonly StoredResult[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const sink = (part: string | Uint8Array) => void parts.push(Buffer.from(part as Uint8Array));
  const writer = MERGED_FORMATS.parquet.open(sink, { csvExcel: false, width: 80, colorLevel: 0, figure: DEFAULT_FIGURE });
  for (const one of results) await writer.write(one);
  await writer.close();
  return Buffer.concat(parts);
}

const bufferOf = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

describe("parquet", () => {
  test("is read back as it was written: one row a player", async () => {
    const rows = await parquetReadObjects({ file: bufferOf(await parquet([result(0), result(1)])) });
    expect(rows).toHaveLength(8);
    expect(Object.keys(rows[0] ?? {})).toEqual(Object.keys(PLAYER_COLUMNS));
    expect(rows[0]).toMatchObject({
      id: "c0",
      player: 0,
      text: 'ü, "a"',
      role: "user",
      modality: "text",
      turn: 1,
      start_s: null,
      value: 0.5,
      std_error: 0,
    });
    expect(rows[2]).toMatchObject({ modality: "audio", start_s: 0, end_s: 0.5, value: 1 });
    expect(rows[7]).toMatchObject({ id: "c1", role: "assistant", value: 2 });
  });

  test("has the same bytes each time, and says what it holds", async () => {
    const bytes = await parquet([result(0)]);
    expect(await parquet([result(0)])).toEqual(bytes);
    const [entry] = parquetMetadata(bufferOf(bytes)).key_value_metadata ?? [];
    expect(entry?.key).toBe("mllm_shap");
    expect(JSON.parse(entry?.value ?? "")).toMatchObject({ schema: "mllm-shap/result@1" });
  });

  test("goes out in groups of 100,000 rows, so that a large one is never held whole", async () => {
    const tokens = Array.from({ length: 1_000 }, (_, i) => word(`w${i}`, i));
    const large = { ...sampleResult({ turns: [{ role: "user", entries: [{ tokens }] }] }), id: "x" };
    const bytes = await parquet(Array.from({ length: 101 }, () => large));
    const { row_groups, num_rows } = parquetMetadata(bufferOf(bytes));
    expect([num_rows, row_groups.map((group) => group.num_rows)]).toEqual([101_000n, [100_000n, 1_000n]]);
    expect(await parquetReadObjects({ file: bufferOf(bytes), rowStart: 100_998 })).toMatchObject([{ value: 998 }, { value: 999 }]);
  });

  test("of nothing is nothing", async () => {
    expect(await parquet([])).toHaveLength(0);
  });

  test.skipIf(PYTHON === undefined)(
    `is read by pyarrow and DuckDB${PYTHON === undefined ? " (skipped: MLLM_SHAP_PYTHON names no Python with both)" : ""}`,
    async () => {
      const folder = folderWith({});
      writeFileSync(join(folder, "t.parquet"), await parquet([result(0), result(1)]));
      const script = `
import pyarrow.parquet as pq, duckdb, json
t = pq.read_table("t.parquet")
rows = duckdb.sql("select role, count(*), sum(value) from 't.parquet' group by role order by role").fetchall()
print(json.dumps({"fields": [[f.name, str(f.type), f.nullable] for f in t.schema], "rows": rows, "text": t["text"][0].as_py(), "meta": "mllm_shap" in [k.decode() for k in t.schema.metadata]}))`;
      const { stdout, stderr } = spawnSync(PYTHON ?? "", ["-c", script], { cwd: folder, encoding: "utf8" });
      const { fields, rows, text, meta } = JSON.parse(stdout || `{"error": ${JSON.stringify(stderr)}}`) as Record<string, unknown>;
      const types = { text: "string", whole: "int32", number: "double" };
      expect(fields).toEqual(Object.entries(PLAYER_COLUMNS).map(([name, column]) => [name, types[column.type], "nullable" in column]));
      expect(rows).toEqual([
        ["assistant", 2, 4],
        ["user", 6, 3.5],
      ]);
      expect({ text, meta }).toEqual({ text: 'ü, "a"', meta: true });
    },
  );
});

test("CSV has one row a player, and guards formulas where that is asked for", () => {
  const lines = rendered(MERGED_FORMATS.csv, [result(0), result(1)]).split("\r\n");
  expect(lines[0]).toBe(Object.keys(PLAYER_COLUMNS).join(","));
  expect(lines.filter((line) => line.startsWith("id,"))).toHaveLength(1);
  expect(lines.find((line) => line.includes(",=b,"))).toBeDefined();
  expect(rendered(MERGED_FORMATS.csv, [result(0)], { csvExcel: true })).toContain(",'=b,");
});
