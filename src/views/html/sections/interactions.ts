import { drawArcs, drawMatrix } from "../../figures/pair_charts.js";
import { pairsOf } from "../../figures/pairs.js";
import { drawn, h } from "../markup.js";
import { chartStyle, type Section } from "../section.js";
import { wide } from "./values.js";

export const interactions: Section = {
  name: "interactions",
  title: "Interactions",
  draw: (shown) => {
    const pairs = pairsOf(shown);
    if (pairs === null) return null;
    const says = pairs.exact ? "Computed from every coalition." : `Estimated: ${pairs.note}.`;
    return h(
      "div",
      {},
      h(
        "p",
        { class: "note" },
        `What two players are worth together beyond what they are worth apart. Above the line (orange): more together; below (blue): one can stand for the other. ${says}`,
      ),
      pairs.found.length === 0
        ? ""
        : h(
            "div",
            { class: "pairs" },
            wide("arcs", "the strongest interactions as arcs", drawn(drawArcs(shown, pairs, chartStyle(560)))),
            wide("matrix", "interactions as a matrix", drawn(drawMatrix(shown, pairs, chartStyle(460)))),
          ),
    );
  },
};
