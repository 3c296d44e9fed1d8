import type { ResultPlayer } from "../../../results/result_schema.js";
import { toneOf } from "../../figures/palette.js";
import { chartLabel, errorText, ranked, type Scene, shareOf } from "../../figures/scene.js";
import { certaintyOf } from "../../shared/certainty.js";
import { columnFormat, count, type NumberFormat } from "../../shared/numbers.js";
import { type Cell, cellsOf, largestCell, type Output, outputLabel } from "../../shared/outputs.js";
import { type Html, h, join } from "../markup.js";
import type { Section, Shown } from "../section.js";
import { wide } from "./values.js";

/** A page holds this much of the matrix; files hold all of it. */
const MOST_PARTS = 60;
const MOST_PLAYERS = 40;

export const outputs: Section = {
  name: "outputs",
  title: "What made each word of the answer",
  draw: (shown) => {
    const { outputs: found, players } = shown.result;
    if (found === undefined || found.words.length === 0 || players.length === 0) return null;
    const finer = found.steps.length > found.words.length;
    return join([
      h("p", { class: "note" }, says),
      matrix(shown, found.words),
      finer ? h("details", {}, h("summary", {}, "By tokens and frames"), matrix(shown, found.steps)) : "",
    ]);
  },
};

const says =
  "Every column is a part of the answer, every row a part of the conversation: how much it raises (orange, ⁺) or lowers (blue, ⁻) the payoff of that part, given the answer before it. A column adds up to its last row.";

function matrix(shown: Shown, all: readonly Output[]): Html {
  const parts = all.slice(0, MOST_PARTS);
  const kept = new Set(ranked(shown).slice(0, MOST_PLAYERS));
  const players = shown.result.players.filter((player) => kept.has(player));
  const scale = largestCell(parts);
  const format = columnFormat(parts.flatMap(({ values, full, empty }) => [...values, full - empty]));
  const cells = parts.map((part) => cellsOf(shown.result, part));
  const left = [
    ...(all.length > parts.length ? [`the first ${count(parts.length)} of ${count(all.length)} parts`] : []),
    ...(shown.result.players.length > players.length
      ? [`the ${count(players.length)} largest of ${count(shown.result.players.length)} players`]
      : []),
  ];
  const table = h(
    "table",
    { class: "cells" },
    h("thead", {}, h("tr", {}, h("td", {}), join(parts.map((part) => h("th", { scope: "col" }, h("bdi", {}, outputLabel(part))))))),
    h(
      "tbody",
      {},
      join(
        players.map((player) =>
          row(
            shown,
            player,
            parts,
            cells.map((column) => column[player.index] as Cell),
            { scale, format },
          ),
        ),
      ),
    ),
    h(
      "tfoot",
      {},
      h(
        "tr",
        {},
        h("td", { class: "faint" }, "sum"),
        join(parts.map(({ full, empty }) => h("td", { class: "number" }, format(full - empty)))),
      ),
    ),
  );
  const note = left.length === 0 ? "" : h("p", { class: "note" }, `Shown: ${left.join(", ")}; -o x.outputs.csv holds all.`);
  return join([wide("outputs", "values of every player for every part of the answer", table), note]);
}

interface Look {
  readonly scale: number;
  readonly format: NumberFormat;
}

function row(scene: Scene, player: ResultPlayer, parts: readonly Output[], cells: readonly Cell[], look: Look): Html {
  const name = chartLabel(scene, player);
  return h(
    "tr",
    { "data-player": String(player.index) },
    h("th", { scope: "row" }, h("bdi", {}, name)),
    join(cells.map((cell, i) => cellOf(cell, `${name} → ${outputLabel(parts[i] as Output)}`, look))),
  );
}

function cellOf(cell: Cell, what: string, { scale, format }: Look): Html {
  const share = shareOf(cell.value, scale);
  const tone = toneOf(share);
  const certainty = certaintyOf(cell);
  const sign = tone === null ? "" : share > 0 ? " up" : " down";
  const look = certainty === "unsure" ? `unsure${tone === null ? "" : share > 0 ? " raise" : " lower"}` : `${tone ?? ""}${sign}`;
  const unknown = certainty === "unknown" && tone !== null ? " unknown" : "";
  const hint = `${what}: ${format(cell.value)}${errorText(cell, format)}`;
  return h("td", { class: `number cell ${look}${unknown}`.trimEnd(), "data-hint": hint }, format(cell.value));
}
