import { assertFinite } from "../../results/finite.js";
import { drawDifferences } from "../figures/differences.js";
import { sceneOf } from "../figures/scene.js";
import { drawn, type Html, h, join } from "../html/markup.js";
import { shell } from "../html/report.js";
import { chartStyle, type Shown } from "../html/section.js";
import { head, warnings } from "../html/sections/head.js";
import { wide } from "../html/sections/values.js";
import { SECTIONS } from "../html/sections.js";
import { columnFormat, plural, short } from "../shared/numbers.js";
import { clipsOf } from "../sound/clips.js";
import type { ComparedPair } from "./pair.js";

const LONGEST = 30;

/** Two results of the same players on one page, in colours of one scale. */
export function toPairPage({ a, b, report }: ComparedPair): string {
  assertFinite([a, b], "results");
  const scenes = [sceneOf(a), sceneOf(b)] as const;
  const scale = Math.max(scenes[0].scale, scenes[1].scale);
  const [left, right] = scenes.map((scene, i): Shown => ({ ...scene, scale, key: `r${i}`, clips: clipsOf(scene.result) })) as [
    Shown,
    Shown,
  ];
  const sides = (draw: (shown: Shown) => Html | null): Html =>
    h("div", { class: "sides" }, join([left, right].map((shown) => h("div", { "data-result": shown.key }, draw(shown) ?? ""))));
  const below = (draw: (shown: Shown) => Html | null): Html =>
    join([left, right].map((shown, i) => h("div", { "data-result": shown.key }, h("h3", {}, i === 0 ? "a" : "b"), draw(shown) ?? "")));
  const cards = SECTIONS.filter(({ name }) => BESIDE.includes(name) || BELOW.includes(name)).flatMap(({ name, title, draw }) =>
    draw(left) === null && draw(right) === null
      ? []
      : [h("section", { class: name }, h("h2", {}, title), (BESIDE.includes(name) ? sides : below)(draw))],
  );
  const chart = drawDifferences(left, right, chartStyle(900), LONGEST);
  return shell(
    `${report.a.file} and ${report.b.file}: Shapley values`,
    h(
      "article",
      {},
      summary(report),
      sides((shown) => join([head(shown), warnings(shown)])),
      h(
        "section",
        { class: "values", "data-result": "r0" },
        h("h2", {}, "Differences"),
        wide("bars", "values in both results", drawn(chart)),
        table(report),
      ),
      join(cards),
    ),
  );
}

/** Cards that stand side by side. */
const BESIDE: readonly string[] = ["conversation", "provenance"];
/** Cards that want the whole width. */
const BELOW: readonly string[] = ["sound", "waterfall"];

function summary({
  a,
  b,
  differ_in,
  n_players,
  spearman,
  kendall,
  sign_agreement,
  mean_absolute_difference,
}: ComparedPair["report"]): Html {
  const correlation = (value: number | null) => (value === null ? "none: all players rank alike" : value.toFixed(3));
  const facts: readonly (readonly [string, string])[] = [
    ["they differ in", differ_in.length === 0 ? "nothing but chance" : differ_in.join(", ")],
    ["rank correlation", `Spearman ${correlation(spearman)}, Kendall ${correlation(kendall)}`],
    ["same sign", `${Math.round(sign_agreement * n_players)} of ${plural(n_players, "player")}`],
    ["mean |difference|", short(mean_absolute_difference)],
  ];
  return h(
    "div",
    { class: "head" },
    h("h1", {}, `a ● ${a.file}, b ○ ${b.file}`),
    h("dl", { class: "facts" }, join(facts.map(([label, text]) => h("div", {}, h("dt", {}, label), h("dd", {}, text))))),
  );
}

function table({ players }: ComparedPair["report"]): Html {
  const format = columnFormat(players.flatMap(({ a, b, difference }) => [a, b, difference]));
  const withZ = players.some(({ z }) => z !== null);
  const head = ["player", "a", "b", "b − a", ...(withZ ? ["in errors"] : [])];
  return h(
    "details",
    {},
    h("summary", {}, "All differences as a table"),
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, join(head.map((text, i) => h("th", { scope: "col", ...(i > 0 ? { class: "number" } : {}) }, text))))),
      h(
        "tbody",
        {},
        join(
          players.map(({ a, b, difference, z, index, text }) =>
            h(
              "tr",
              {},
              h("td", { class: "name" }, h("bdi", {}, text === "" ? `player ${index}` : text)),
              join([a, b, difference].map((value) => h("td", { class: "number" }, format(value)))),
              withZ ? h("td", { class: "number" }, z === null ? "" : z.toFixed(1)) : "",
            ),
          ),
        ),
      ),
    ),
  );
}
