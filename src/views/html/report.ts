import { assertFinite } from "../../results/finite.js";
import type { Result } from "../../results/result_schema.js";
import { hatchGradients } from "../figures/hatch.js";
import { ranked, sceneOf } from "../figures/scene.js";
import { count } from "../shared/numbers.js";
import { titleOf } from "../shared/title.js";
import { clipsOf } from "../sound/clips.js";
import { clientCode } from "./client_code.js";
import { drawn, type Html, h, join, page } from "./markup.js";
import type { Shown } from "./section.js";
import { chip } from "./sections/conversation.js";
import { head, warnings } from "./sections/head.js";
import { SECTIONS } from "./sections.js";
import { styles } from "./styles.js";

/** Results as one page that needs nothing else: no network, and its own script only. Raw values throughout. */
export function toHtml(results: readonly Result[]): string {
  assertFinite(results, "results");
  const shown = results.map((result, i): Shown => ({ ...sceneOf(result), key: `r${i}`, clips: clipsOf(result) }));
  const names = results.map(nameOf);
  const title = names.length === 1 ? `${names[0]}: Shapley values` : `${count(names.length)} results: Shapley values`;
  return shell(title, join([shown.length > 1 ? index(shown) : "", join(shown.map(article))]));
}

/** A page of ours around its content. */
export function shell(title: string, content: Html): string {
  const top = h(
    "header",
    { class: "top" },
    h("span", {}, h("b", {}, "mllm-shap"), " · what the answer owes to every part of its question"),
    h("button", { type: "button", class: "plain theme", hidden: "" }, "Light / dark"),
  );
  const patterns = drawn({ markup: `<svg width="0" height="0" aria-hidden="true" focusable="false">${hatchGradients()}</svg>` });
  return page({ title, styles, script: clientCode(), body: h("main", {}, top, patterns, content) });
}

export const nameOf = (result: Result): string => titleOf(result);

/** Everything of one result. */
export function article(shown: Shown): Html {
  const cards = SECTIONS.flatMap(({ name, title, draw }) => {
    const content = draw(shown);
    return content === null ? [] : [h("section", { class: name }, h("h2", {}, title), content)];
  });
  return h("article", { "data-result": shown.key }, head(shown), warnings(shown), join(cards));
}

const STRONGEST = 5;

function index(all: readonly Shown[]): Html {
  const lines = all.map((shown) => {
    const strongest = ranked(shown).slice(0, STRONGEST);
    const chips = strongest.map((player) => join([chip(player, shown.labels.get(player)?.text ?? "", { ...shown, clips: [] }), " "]));
    return h(
      "li",
      { "data-result": `index-${shown.key}` },
      h("a", { href: `#${shown.key}` }, nameOf(shown.result)),
      h("span", { class: "faint" }, ` → ${shown.result.response.text.trim().slice(0, 120)} `),
      join(chips),
    );
  });
  return h("nav", { class: "index", "aria-label": "results" }, h("h2", {}, `${count(all.length)} conversations`), h("ol", {}, join(lines)));
}
