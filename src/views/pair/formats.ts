import type { ComparisonReport } from "../../results/comparison.js";
import { registryOf } from "../../util/registry.js";
import { COMPARISON_FORMATS } from "../comparison.js";
import type { Figure } from "../figures/figure.js";
import { allAtOnce, defineFormat, type FormatDefinition } from "../format.js";
import { onlyOne } from "../result/only_one.js";
import type { ComparedPair } from "./pair.js";

/** What a comparison alone is enough for. */
function ofReport<Name extends string>(format: FormatDefinition<ComparisonReport, Name>): FormatDefinition<ComparedPair, Name> {
  return {
    ...format,
    open(sink, options) {
      const writer = format.open(sink, options);
      return { write: ({ report }) => writer.write(report), close: () => writer.close() };
    },
  };
}

const page = async (pairs: readonly ComparedPair[], format: string): Promise<string> =>
  (await import("./page.js")).toPairPage(onlyOne(pairs, format));

const html = defineFormat<ComparedPair>()({
  name: "html",
  endings: [".html", ".htm"],
  sound: true,
  atEnd: true,
  open: allAtOnce((pairs) => page(pairs, "html")),
});

const htmlFragment = defineFormat<ComparedPair>()({
  name: "html-fragment",
  endings: [".fragment.html"],
  sound: true,
  atEnd: true,
  open: allAtOnce(async (pairs) => (await import("../html/fragment.js")).toFragment(await page(pairs, "html-fragment"))),
});

const LONGEST = 30;

const figure = (name: string, write: (figure: Figure) => Promise<string | Uint8Array>) =>
  allAtOnce<ComparedPair>(async (pairs, { figure: options }) => {
    const [{ compose }, { drawDifferences }, { sceneOf }] = await Promise.all([
      import("../figures/figure.js"),
      import("../figures/differences.js"),
      import("../figures/scene.js"),
    ]);
    const { a, b } = onlyOne(pairs, name);
    return await write(compose(options, (style) => [drawDifferences(sceneOf(a), sceneOf(b), style, LONGEST)]));
  });

const files = () => import("../figures/write.js");
const svg = defineFormat<ComparedPair>()({
  name: "svg",
  endings: [".svg"],
  atEnd: true,
  open: figure("svg", async (one) => (await files()).svgFile(one)),
});
const png = defineFormat<ComparedPair>()({
  name: "png",
  endings: [".png"],
  binary: true,
  atEnd: true,
  open: figure("png", async (one) => (await files()).pngFile(one)),
});
const pdf = defineFormat<ComparedPair>()({
  name: "pdf",
  endings: [".pdf"],
  binary: true,
  atEnd: true,
  open: figure("pdf", async (one) => (await files()).pdfFile(one)),
});

/** Every format of two results side by side. */
export const PAIR_FORMATS = registryOf(
  ofReport(COMPARISON_FORMATS.json), //
  ofReport(COMPARISON_FORMATS.text),
  htmlFragment,
  html,
  svg,
  png,
  pdf,
);
