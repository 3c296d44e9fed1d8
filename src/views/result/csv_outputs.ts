import { assertFinite } from "../../results/finite.js";
import type { Result } from "../../results/result_schema.js";
import { defineFormat, itemByItem, type ViewOptions } from "../format.js";
import { csvPart } from "../shared/csv.js";

export const OUTPUT_COLUMNS = [
  "spec",
  "conversation",
  "output",
  "kind",
  "text",
  "start_s",
  "end_s",
  "first_step",
  "end_step",
  "player",
  "player_text",
  "value",
  "std_error",
  "low",
  "high",
] as const;

/**
 * RFC 4180 with a header, one row for each player and each part of the answer (long form): first its steps, then its words, which `kind`
 * tells. A part's values sum to its payoff with everything − with nothing. A result without outputs has no row.
 */
export const csvOutputs = defineFormat<Result>()({ name: "csv-outputs", endings: [".outputs.csv"], open: itemByItem(rowsOf) });

type Output = NonNullable<Result["outputs"]>["steps"][number];

function rowsOf(result: Result, conversation: number, { csvExcel }: ViewOptions): string {
  assertFinite(result, `results[${conversation}]`);
  const spec = result.spec.path ?? "-";
  const parts = [...(result.outputs?.steps ?? []), ...(result.outputs?.words ?? [])];
  const cells = (part: Output, output: number) => {
    const [first, end] = part.steps;
    const own = { spec, conversation, output, kind: part.kind, text: part.text, start_s: part.start_s, end_s: part.end_s };
    return result.players.map((player, i) => ({
      ...own,
      first_step: first,
      end_step: end,
      player: player.index,
      player_text: player.text,
      value: part.values[i],
      std_error: part.std_errors?.[i],
      low: part.low?.[i],
      high: part.high?.[i],
    }));
  };
  return csvPart(parts.flatMap(cells), { columns: OUTPUT_COLUMNS, first: conversation === 0, csvExcel });
}
