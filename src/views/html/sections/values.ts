import type { ResultPlayer } from "../../../results/result_schema.js";
import { drawBars } from "../../figures/bars.js";
import { errorText, percentOf, ranked } from "../../figures/scene.js";
import { drawWaterfall } from "../../figures/waterfall.js";
import { count, sumNote } from "../../shared/numbers.js";
import { drawn, type Html, h, join } from "../markup.js";
import { chartStyle, type Section, type Shown } from "../section.js";

const LONGEST = 30;
const LONGEST_FALL = 12;
const WIDTH = 900;

export const values: Section = {
  name: "values",
  title: "Values",
  draw: (shown) => {
    const { players } = shown.result;
    if (players.length === 0) return null;
    const rest =
      players.length > LONGEST + 1
        ? h("p", { class: "note" }, `The ${LONGEST} largest of ${count(players.length)}; all of them stand in the table.`)
        : "";
    return join([wide("bars", "values as bars", drawn(drawBars(shown, chartStyle(WIDTH), { longest: LONGEST }))), rest, table(shown)]);
  },
};

export const waterfall: Section = {
  name: "waterfall",
  title: "From nothing to everything",
  draw: (shown) =>
    shown.result.players.length === 0
      ? null
      : wide("bars", "a waterfall from nothing to everything", drawn(drawWaterfall(shown, chartStyle(WIDTH), LONGEST_FALL))),
};

/** What may be wider than a phone scrolls by itself. */
export function wide(name: string, label: string, content: Html): Html {
  return h("div", { class: `wide ${name}`, tabindex: "0", role: "group", "aria-label": label }, content);
}

function table(shown: Shown): Html {
  const { result, format } = shown;
  const all = ranked(shown);
  const sampled = all.some(({ std_error }) => std_error !== null && std_error !== 0);
  const head = ["", "player", "", "value", ...(sampled ? [`${percentOf(result)} interval`] : [])];
  return h(
    "details",
    {},
    h("summary", {}, "All values as a table"),
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          join(head.map((text, i) => (text === "" ? h("td", {}) : h("th", { scope: "col", ...(i > 2 ? { class: "number" } : {}) }, text)))),
        ),
      ),
      h("tbody", {}, join(all.map((player, i) => row(player, i + 1, shown, sampled)))),
      h(
        "tfoot",
        {},
        h(
          "tr",
          {},
          h("td", {}),
          h("td", { colspan: "2", class: "faint" }, sumNote(result, format)),
          h("td", { class: "number" }, format(result.payoff.sum_of_values)),
          sampled ? h("td", {}) : "",
        ),
      ),
    ),
  );
}

function row(player: ResultPlayer, rank: number, { format, labels }: Shown, sampled: boolean): Html {
  const label = labels.get(player);
  return h(
    "tr",
    {},
    h("td", { class: "number faint" }, String(rank)),
    h("td", { class: "name" }, h("bdi", {}, label?.text ?? "")),
    h("td", { class: "faint" }, label?.note ?? ""),
    h("td", { class: "number" }, format(player.value)),
    sampled ? h("td", { class: "number faint" }, errorText(player, format).trim()) : "",
  );
}
