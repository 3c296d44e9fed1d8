import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExplainError, SpecError } from "../../../src/errors.js";
import { readResults } from "../../../src/results/read_result.js";
import { formatOfFile, render } from "../../../src/views/format.js";
import { FORMATS } from "../../../src/views/result/formats.js";
import { json } from "../../../src/views/result/json.js";
import { jsonl } from "../../../src/views/result/jsonl.js";
import { rendered } from "../../support/render.js";
import { SAMPLE_NAMES, SAMPLES, sampleResult } from "../../support/samples.js";

const results = SAMPLE_NAMES.map((name) => sampleResult(SAMPLES[name]));
const [first = sampleResult(SAMPLES.text)] = results;

describe("JSON and JSON Lines", () => {
  it("hold one result as an object, several as a list or as lines, and read back the same", () => {
    expect(readResults(rendered(json, [first]), "r.json")).toEqual([first]);
    expect(readResults(rendered(json, results), "r.json")).toEqual(results);
    expect(readResults(rendered(jsonl, results), "r.jsonl")).toEqual(results);
    expect(rendered(jsonl, results).split("\n")).toHaveLength(results.length + 1);
    expect(readResults(rendered(jsonl, [first]), "r.jsonl")).toEqual([first]);
  });

  it("write every finite number so that it comes back bit for bit", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const [back] = readResults(rendered(json, [{ ...first, payoff: { ...first.payoff, full: value } }]), "r.json");
        return back?.payoff.full === value && !rendered(json, [{ ...first, payoff: { ...first.payoff, full: value } }]).includes("-0,");
      }),
      { seed: 20 },
    );
  });

  it.each([Number.NaN, Number.NEGATIVE_INFINITY])("refuse %s by its place", async (bad) => {
    const broken = { ...first, payoff: { ...first.payoff, empty: bad } };
    for (const format of Object.values(FORMATS)) {
      await expect(render(format, [broken])).rejects.toThrow(ExplainError);
      await expect(render(format, [broken])).rejects.toThrow(/payoff\.empty/);
    }
  });
});

describe("reading results", () => {
  it("keeps keys that it does not know", () => {
    const later = { ...first, later: { key: 1 } };
    expect(readResults(JSON.stringify(later), "r.json")).toEqual([later]);
  });

  it("takes a byte order mark", () => {
    expect(readResults(`\ufeff${rendered(json, [first])}`, "r.json")).toEqual([first]);
  });

  it.each([
    ["{", /^r\.json: not JSON, as mllm-shap explain gives it: /],
    ["", /^r\.json: not JSON, as mllm-shap explain gives it: /],
    ["[1, 2", /^r\.json: not JSON, as mllm-shap explain gives it: /],
    ["null", "r.json: not a result: mllm-shap/result@1 is a JSON object"],
    ["{}", /^r\.json: not a valid mllm-shap\/result@1: schema: must be "mllm-shap\/result@1" \(and \d+ more problems\)$/],
    [JSON.stringify({ ...first, schema: "mllm-shap/result@2" }), 'schema: must be "mllm-shap/result@1"'],
    [JSON.stringify({ ...first, players: [{ ...first.players[0], value: null }] }), /players\[0\]\.value: /],
    [JSON.stringify([first, 3]), "r.json[1]: not a result"],
    [`${JSON.stringify(first)}\n{"a": }\n`, /^r\.json:2: not JSON: /],
  ])("refuses %.30j in one line", (text, message) => {
    const read = () => readResults(text, "r.json");
    expect(read).toThrow(SpecError);
    expect(read).toThrow(message);
    expect(messageOf(read)).not.toContain("\n");
  });
});

describe("formats", () => {
  it.each([
    ["out/a.JSON", "json"],
    ["a.jsonl", "jsonl"],
    ["a.ndjson", "jsonl"],
    ["a.csv", "csv"],
    ["a.txt", "text"],
    ["a.xlsx", null],
    ["json", null],
  ])("of %s is %s", (path, name) => {
    expect(formatOfFile(FORMATS, path)?.name ?? null).toBe(name);
  });
});

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}
