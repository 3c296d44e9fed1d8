import papaparse from "papaparse";
import { describe, expect, test } from "vitest";
import { csv } from "../../../src/views/result/csv.js";
import { csvOutputs } from "../../../src/views/result/csv_outputs.js";
import { CSV_PLAYER_COLUMNS, csvPlayers } from "../../../src/views/result/csv_players.js";
import { rendered } from "../../support/render.js";
import { SAMPLE_NAMES, SAMPLES, sampleResult } from "../../support/samples.js";

const read = (text: string) => papaparse.parse<Record<string, string>>(text, { header: true, skipEmptyLines: true });

describe("players as CSV", () => {
  test.each(SAMPLE_NAMES)("of the %s sample: one row each, with what a player is and what it is worth", (name) => {
    const result = sampleResult(SAMPLES[name]);
    const { data, meta, errors } = read(rendered(csvPlayers, [result, result]));
    expect([errors, meta.fields]).toEqual([[], [...CSV_PLAYER_COLUMNS]]);
    expect(data).toHaveLength(2 * result.players.length);
    for (const [i, player] of result.players.entries()) {
      expect(data[i]).toMatchObject({
        conversation: "0",
        player: String(player.index),
        kind: player.kind,
        text: player.text,
        value: String(player.value),
      });
      expect([data[i]?.low, data[i]?.high]).toEqual(player.interval === null ? ["", ""] : player.interval.map(String));
      expect(data[result.players.length + i]).toMatchObject({ conversation: "1", text: player.text });
    }
    const total = data.slice(0, result.players.length).reduce((sum, { value }) => sum + Number(value), 0);
    expect(total).toBeCloseTo(result.payoff.full - result.payoff.empty, 9);
  });
});

test.each([csv, csvOutputs, csvPlayers])("$name for spreadsheets: one byte order mark, before the header", (format) => {
  const result = sampleResult(SAMPLES.text);
  const marked = rendered(format, [result, result], { csvExcel: true });
  expect(marked.startsWith("\ufeffspec,")).toBe(true);
  expect(marked.lastIndexOf("\ufeff")).toBe(0);
  expect(rendered(format, [result])).not.toContain("\ufeff");
});
