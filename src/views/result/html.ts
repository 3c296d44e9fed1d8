import { assertFinite } from "../../results/finite.js";
import type { Result, ResultPlayer } from "../../results/result_schema.js";
import { allAtOnce, defineFormat } from "../format.js";
import { type Html, h, join, page } from "../html/markup.js";
import { styles } from "../html/styles.js";
import { factsOf, largestValue } from "../shared/facts.js";
import { ALL_ZERO, LEGEND, marks, shade, strength } from "../shared/heat.js";
import { type Label, labelsOf } from "../shared/labels.js";
import { columnFormat, type NumberFormat, sumNote } from "../shared/numbers.js";
import { type Stretch, turnsOf } from "../shared/turns.js";
import { warningsOf } from "../shared/warnings.js";

/** What every part of a page needs of its result. */
interface Scene {
  readonly result: Result;
  /** Largest |value|. */
  readonly scale: number;
  readonly format: NumberFormat;
  readonly labels: ReadonlyMap<ResultPlayer, Label>;
}

export const html = defineFormat<Result>()({ name: "html", endings: [".html", ".htm"], open: allAtOnce((results) => toHtml(results)) });

/** Heat-mapped chats as one page that needs nothing else: no script, no network. Raw values throughout; sign by hue and by symbol. */
export function toHtml(results: readonly Result[]): string {
  assertFinite(results, "results");
  const title = results.map((result) => result.spec.path ?? "standard input").join(", ");
  return page(title, styles, join(results.map(article)));
}

function article(result: Result): Html {
  const format = columnFormat(result.players.map((player) => player.value));
  const scene: Scene = { result, scale: largestValue(result), format, labels: labelsOf(result) };
  return h(
    "article",
    {},
    h("h1", {}, result.spec.path ?? "standard input"),
    facts(result),
    conversation(scene),
    h("p", { class: "legend" }, scene.scale === 0 ? ALL_ZERO : LEGEND),
    table(scene),
    join(warningsOf(result).map((warning) => h("p", { class: "warning" }, warning))),
  );
}

function facts(result: Result): Html {
  return h(
    "dl",
    {},
    join(factsOf(result).map(({ label, text }, i) => join([h("dt", {}, label), h("dd", i === 0 ? { class: "answer" } : {}, text)]))),
  );
}

function conversation(scene: Scene): Html {
  const turns = turnsOf(scene.result).map(({ speaker, stretches }) =>
    h(
      "div",
      { class: `turn ${speaker}` },
      h("span", { class: "speaker" }, speaker),
      h("p", { dir: "auto" }, join(stretches.map((each) => stretchOf(each, scene)))),
    ),
  );
  return h("section", {}, join(turns));
}

function stretchOf({ player, text, lead, trail, opens }: Stretch, scene: Scene): Html {
  const note = opens ? h("span", { class: "faint" }, "♪ ") : "";
  if (player === null) return join([lead, note, h("span", { class: "faint" }, text), trail]);
  const share = scene.scale === 0 ? 0 : player.value / scene.scale;
  const background = strength(share) === 0 ? {} : { class: "heat", style: `background:rgb(${shade(share).join(",")})` };
  const mark = marks(share);
  return join([
    lead,
    note,
    h("span", { title: hint(player, scene), ...background }, text),
    mark === "" ? "" : h("span", { class: share > 0 ? "raises" : "lowers" }, mark),
    trail,
  ]);
}

function hint(player: ResultPlayer, { format, labels }: Scene): string {
  const label = labels.get(player);
  const named = [label?.text, label?.note].filter((part) => part !== undefined && part !== "").join(", ");
  return `${named}: ${format(player.value)}${errorOf(player, format, " ")}`;
}

function errorOf({ interval, std_error }: ResultPlayer, format: NumberFormat, before: string): string {
  if (std_error === null || std_error === 0) return "";
  return interval === null
    ? `${before}± ${format(std_error).replace("+", "")}`
    : `${before}[${format(interval[0])}, ${format(interval[1])}]`;
}

function table(scene: Scene): Html {
  const { result, format } = scene;
  const ranked = result.players.toSorted((a, b) => Math.abs(b.value) - Math.abs(a.value) || a.index - b.index);
  const percent = `${Math.round(result.uncertainty.confidence * 1000) / 10} % interval`;
  const sampled = ranked.some((player) => player.std_error !== null && player.std_error !== 0);
  const head = h("tr", {}, join(["", "value", sampled ? percent : "", "", "player"].map((text) => h("th", {}, text))));
  const foot = h(
    "tr",
    {},
    h("td", {}),
    h("td", { class: "number" }, format(result.payoff.sum_of_values)),
    h("td", { colspan: "3", class: "faint" }, sumNote(result, format)),
  );
  return h(
    "table",
    {},
    h("thead", {}, head),
    h("tbody", {}, join(ranked.map((player, i) => row(player, i + 1, scene)))),
    h("tfoot", {}, foot),
  );
}

function row(player: ResultPlayer, rank: number, { scale, format, labels }: Scene): Html {
  const share = scale === 0 ? 0 : player.value / scale;
  const sign = player.value > 0 ? "raises" : player.value < 0 ? "lowers" : "";
  const width = `width:${(Math.abs(share) * 50).toFixed(2)}%`;
  const label = labels.get(player);
  return h(
    "tr",
    {},
    h("td", { class: "number faint" }, String(rank)),
    h("td", { class: `number ${sign}` }, format(player.value)),
    h("td", { class: "number faint" }, errorOf(player, format, "")),
    h("td", { class: "bar" }, h("span", { class: sign, style: width })),
    h("td", {}, h("bdi", {}, label?.text ?? ""), label?.note ? h("span", { class: "faint" }, `  ${label.note}`) : ""),
  );
}
