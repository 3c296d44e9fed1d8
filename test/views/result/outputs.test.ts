import papaparse from "papaparse";
import { describe, expect, it } from "vitest";
import type { SpanEstimate } from "../../../src/game/outputs.js";
import type { Result } from "../../../src/results/result_schema.js";
import { render } from "../../../src/views/format.js";
import { csv } from "../../../src/views/result/csv.js";
import { csvOutputs, OUTPUT_COLUMNS } from "../../../src/views/result/csv_outputs.js";
import { html } from "../../../src/views/result/html.js";
import { text } from "../../../src/views/result/text.js";
import { rendered, renderedLater } from "../../support/render.js";
import { SAMPLES, sampleResult, word, words } from "../../support/samples.js";

const span = (values: readonly number[], errors: readonly number[] | null = null): SpanEstimate => ({
  empty: -1,
  full: -1 + values.reduce((total, value) => total + value, 0),
  estimate: {
    values: Float64Array.from(values),
    stdErrors: errors && Float64Array.from(errors),
    intervals: errors && values.map((value, i) => [value - 2 * (errors[i] as number), value + 2 * (errors[i] as number)] as const),
    uncertainty: { method: "none", confidence: 0.95, reason: null },
    biased: false,
  },
});
const unit = (
  kind: "token" | "word" | "stretch",
  own: string,
  from: number,
  to: number,
  time: readonly [number, number] | null = null,
) => ({
  kind,
  text: own,
  from,
  to,
  time: time === null ? null : { startS: time[0], endS: time[1] },
});

function resultOf(first = "=turning", question = "light"): Result {
  const turns = [{ role: "user" as const, entries: [{ tokens: [...words([["on", 1]]), word(question, 2)] }] }];
  const units = [
    unit("token", first, 0, 1),
    unit("token", " on", 1, 2),
    unit("word", first, 0, 1),
    unit("word", " on", 1, 2),
    unit("stretch", "", 2, 4, [0.16, 0.32]),
  ];
  const estimates = [span([4, -1], [0.1, 2]), span([0.5, 3]), span([4, -1], [0.1, 2]), span([0.5, 3]), span([0, 2])];
  return sampleResult({ turns, parts: { outputs: { units, estimates } } });
}

describe("outputs as CSV", () => {
  const read = (results: readonly Result[], csvExcel = false) =>
    papaparse.parse<Record<string, string>>(rendered(csvOutputs, results, { csvExcel }), { header: true, skipEmptyLines: true });

  it("has a row for each part and player, steps before words, and values that sum to what a part gains", () => {
    const { data, meta, errors } = read([resultOf()]);
    expect(errors).toEqual([]);
    expect(meta.fields).toEqual([...OUTPUT_COLUMNS]);
    expect(data).toHaveLength(5 * 2);
    expect(data[1]).toEqual({
      ...{ spec: "chats/demo.yaml", conversation: "0", output: "0", kind: "token", text: "=turning", start_s: "", end_s: "" },
      ...{ first_step: "0", end_step: "1", player: "1", player_text: "light", value: "-1", std_error: "2", low: "-5", high: "3" },
    });
    expect(data.at(-1)).toMatchObject({ kind: "stretch", start_s: "0.16", end_s: "0.32", value: "2", std_error: "" });
    const total = data.filter(({ output }) => output === "0").reduce((sum, { value }) => sum + Number(value), 0);
    expect(total).toBe(3);
  });

  it("guards formulas where it is asked to, numbers several results, and is a header alone for a result without outputs", () => {
    expect(read([resultOf()], true).data[0]?.text).toBe("'=turning");
    expect(new Set(read([resultOf(), resultOf()]).data.map(({ conversation }) => conversation))).toEqual(new Set(["0", "1"]));
    expect(read([sampleResult(SAMPLES.text)]).data).toEqual([]);
  });

  it("leaves the rows of the conversation to csv, where the answer's own have no player", () => {
    const { data } = papaparse.parse<Record<string, string>>(rendered(csv, [resultOf()]), { header: true, skipEmptyLines: true });
    expect(data.slice(-2).map(({ content, player, value }) => [content, player, value])).toEqual([
      ["turning", "", ""],
      [" on", "", ""],
    ]);
  });
});

describe("outputs in the text view", () => {
  it("are a line a word, with what decided it", async () => {
    const lines = (await renderedLater(text, [resultOf()])).split("\n");
    const from = lines.indexOf("what made each word of the answer: its payoff, and by whom");
    expect(lines.slice(from + 1, from + 4)).toEqual([
      "=turning     +3.000  on +4.000, light -1.000",
      "on           +3.500  light +3.000, on +0.500",
      "0.16–0.32 s  +2.000  light +2.000",
    ]);
  });

  it("do not repeat the answer among the turns, and are not there without outputs", async () => {
    expect(await renderedLater(text, [resultOf()])).not.toMatch(/^assistant/m);
    expect(await renderedLater(text, [sampleResult(SAMPLES.text)])).not.toContain("what made each word");
  });
});

describe("outputs on the page", () => {
  it("are a table of players by words, striped where the sign is not known", async () => {
    const page = await render(html, [resultOf()]);
    const table = /<table class="cells">.*?<\/table>/s.exec(page)?.[0] ?? "";
    expect(table.match(/<th scope="col">/g)).toHaveLength(3);
    expect(table.match(/<th scope="row">/g)).toHaveLength(2);
    expect(table).toContain('data-hint="light → =turning: -1.000 [-5.000, +3.000]"');
    expect(table).toMatch(/class="number cell r24 up" data-hint="on → =turning/);
    expect(table).toMatch(/class="number cell unsure lower" data-hint="light → =turning/);
    expect(table).toContain('<tfoot><tr><td class="faint">sum</td><td class="number">+3.000</td>');
  });

  it("hold what a text says as text", async () => {
    const page = await render(html, [resultOf('<script>"x"</script>', "<b>")]);
    expect(page).toContain("&lt;script&gt;&quot;x&quot;&lt;/script&gt;");
    expect(page.match(/<script>/g)).toHaveLength(1);
    expect(await render(html, [sampleResult(SAMPLES.text)])).not.toContain('class="outputs"');
  });

  it("show so much of a large answer as a page can hold, and say what is left out", async () => {
    const units = Array.from({ length: 70 }, (_, i) => unit("word", `w${i}`, i, i + 1));
    const turns = [{ role: "user" as const, entries: [{ tokens: Array.from({ length: 45 }, (_, i) => word(`p${i}`, i)) }] }];
    const values = Array.from({ length: 45 }, (_, i) => i);
    const page = await render(html, [sampleResult({ turns, parts: { outputs: { units, estimates: units.map(() => span(values)) } } })]);
    expect(page).toContain("Shown: the first 60 of 70 parts, the 40 largest of 45 players; -o x.outputs.csv holds all.");
  });
});
