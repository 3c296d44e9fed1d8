import papaparse from "papaparse";
import { describe, expect, it } from "vitest";
import type { Result } from "../../../src/results/result_schema.js";
import { CSV_COLUMNS, csv } from "../../../src/views/result/csv.js";
import { rendered } from "../../support/render.js";
import { SAMPLE_NAMES, SAMPLES, sampleResult } from "../../support/samples.js";

function read(results: readonly Result[], csvExcel = false): readonly Record<string, string>[] {
  const parsed = papaparse.parse<Record<string, string>>(rendered(csv, results, { csvExcel }), { header: true, skipEmptyLines: true });
  expect(parsed.errors).toEqual([]);
  expect(parsed.meta.fields).toEqual([...CSV_COLUMNS]);
  return parsed.data;
}

const sum = (rows: readonly Record<string, string>[], column: string) => rows.reduce((total, row) => total + Number(row[column]), 0);

describe("CSV", () => {
  it.each(SAMPLE_NAMES)("of the %s sample comes back whole from another reader", (name) => {
    const result = sampleResult(SAMPLES[name]);
    const rows = read([result]);
    expect(rows.map((row) => row.content)).toEqual(result.conversation.flat().flatMap((entry) => entry.content));
    expect(rows.map((row) => row.token)).toEqual(rows.map((_, i) => String(i)));
    const shap = result.conversation.flat().flatMap((entry) => entry.shap_values ?? []);
    expect(rows.map((row) => row.shap_value)).toEqual(shap.map((value) => (value === null ? "" : String(value))));
  });

  it.each(SAMPLE_NAMES)("of the %s sample has values that sum to payoff(full) − payoff(empty)", (name) => {
    const result = sampleResult(SAMPLES[name]);
    expect(Math.abs(sum(read([result]), "value") - (result.payoff.full - result.payoff.empty))).toBeLessThan(1e-9);
  });

  it("begins with the header and ends every line with CR LF", () => {
    const written = rendered(csv, [sampleResult(SAMPLES.group)], { csvExcel: false });
    expect(written.split("\r\n")).toEqual([
      "spec,conversation,turn,entry,position,token,content_type,role,content,player,value,std_error,shap_value,start_s,end_s",
      "chats/demo.yaml,0,1,0,0,0,0,0,turn,0,0.2,0,0.1,,",
      'chats/demo.yaml,0,1,0,1,1,0,0," on",1,2,0,1,,',
      'chats/demo.yaml,0,1,0,2,2,0,0," the",2,0.1,0,0.05,,',
      'chats/demo.yaml,0,1,0,3,3,0,0," light",1,,,1,,',
      "chats/demo.yaml,0,1,0,4,4,0,0,.,,,,,,",
      "",
    ]);
  });

  it("numbers conversations, turns, entries and positions, and gives audio its times", () => {
    const rows = read([sampleResult(SAMPLES.text), sampleResult(SAMPLES.audio)]);
    const audio = rows.filter((row) => row.content_type === "1");
    expect(audio[1]).toMatchObject({ conversation: "1", turn: "1", entry: "1", position: "1", player: "4", start_s: "0.25", end_s: "0.5" });
    expect(audio).toHaveLength(3);
  });

  it("guards formulas for spreadsheets, and leaves numbers numbers", () => {
    const result = sampleResult(SAMPLES.hostile);
    const guarded = read([result], true);
    expect(guarded.map((row) => row.content).filter((content) => content?.startsWith("'"))).toEqual(["'=1+2", "'\r\n@cmd"]);
    expect(sum(guarded, "value")).toBeCloseTo(result.payoff.sum_of_values, 12);
    expect(guarded[1]?.value).toBe("-0.25");
  });

  it("calls a spec from standard input -", () => {
    const result = sampleResult(SAMPLES.text);
    expect(read([{ ...result, spec: { ...result.spec, path: null } }])[0]?.spec).toBe("-");
  });
});
