import type { ResultPlayer } from "../../../results/result_schema.js";
import { drawColourBar } from "../../figures/colour_bar.js";
import { toneOf } from "../../figures/palette.js";
import { hint, percentOf, shareOf } from "../../figures/scene.js";
import { certaintyOf } from "../../shared/certainty.js";
import { ALL_ZERO } from "../../shared/heat.js";
import { type Stretch, turnsOf } from "../../shared/turns.js";
import { drawn, type Html, h, join } from "../markup.js";
import { chartStyle, type Section, type Shown } from "../section.js";

export const conversation: Section = {
  name: "conversation",
  title: "Conversation",
  draw: (shown) => join([join(turns(shown)), legend(shown)]),
};

/** Smaller shares of the largest |value| have no mark. */
const MARKED = 0.05;

function turns(shown: Shown): readonly Html[] {
  return turnsOf(shown.result).map(({ speaker, stretches }) =>
    h(
      "div",
      { class: `turn ${speaker}` },
      h("span", { class: "speaker" }, speaker),
      h("p", { class: "said", dir: "auto" }, join(stretches.map((each) => stretchOf(each, shown)))),
    ),
  );
}

function stretchOf({ player, text, lead, trail, opens }: Stretch, shown: Shown): Html {
  const note = opens ? h("span", { class: "faint" }, "♪ ") : "";
  if (player === null) return join([lead, note, h("span", { class: "faint" }, text), trail]);
  return join([lead, note, chip(player, text, shown), trail]);
}

/** A player in a line of text; one that can be heard is a button. */
export function chip(player: ResultPlayer, text: string, shown: Shown): Html {
  const attributes = { class: chipClass(player, shown), "data-player": String(player.index), title: hint(shown, player) };
  const heard = shown.clips.find(({ wave, units }) => wave !== null && units.some((unit) => unit.player === player));
  const unit = heard?.units.find((each) => each.player === player);
  if (heard === undefined || unit === undefined) return h("span", attributes, text);
  const place = { "data-clip": String(heard.index), "data-start": String(unit.startS), "data-end": String(unit.endS) };
  return h("button", { ...attributes, class: `${attributes.class} play`, type: "button", ...place }, text);
}

/** Colour where the sign is known, stripes where it is not, a mark that a print in grey keeps. */
export function chipClass(player: ResultPlayer, { scale }: Shown): string {
  const share = shareOf(player.value, scale);
  const tone = toneOf(share);
  const certainty = certaintyOf(player);
  if (certainty === "unsure") return `chip unsure${tone === null ? "" : share > 0 ? " raise" : " lower"}`;
  if (tone === null) return "chip";
  const mark = Math.abs(share) < MARKED ? "" : share > 0 ? " up" : " down";
  return `chip ${tone}${mark}${certainty === "unknown" ? " unknown" : ""}`;
}

function legend(shown: Shown): Html {
  if (shown.scale === 0) return h("p", { class: "legend" }, ALL_ZERO);
  const certainties = new Set(shown.result.players.map(certaintyOf));
  return h(
    "div",
    { class: "legend" },
    drawn(drawColourBar(shown.scale, chartStyle(280))),
    h("span", {}, "⁺ raises, ⁻ lowers the payoff; no mark below 5 % of the largest"),
    certainties.has("unsure")
      ? h(
          "span",
          {},
          h("span", { class: "chip unsure raise" }, "striped"),
          ` its ${percentOf(shown.result)} interval holds 0: the sign is not known`,
        )
      : "",
    certainties.has("unknown") ? h("span", {}, h("span", { class: "chip unknown" }, "dashed"), " no error is known: it may be chance") : "",
  );
}
