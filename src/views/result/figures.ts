import type { Result } from "../../results/result_schema.js";
import type { Figure } from "../figures/figure.js";
import { allAtOnce, defineFormat, type ViewOptions } from "../format.js";
import { onlyOne } from "./only_one.js";

type Draw = (figure: Figure) => Promise<string | Uint8Array>;

/** A figure of one result; what draws it is loaded when it is wanted. */
const figure = (name: string, draw: Draw) =>
  allAtOnce<Result>(async (results: readonly Result[], { figure: options }: ViewOptions) => {
    const { drawFigure } = await import("../figures/figure.js");
    return await draw(drawFigure(onlyOne(results, name), options));
  });

/** For editing and for the web. */
export const svg = defineFormat<Result>()({
  name: "svg",
  endings: [".svg"],
  sound: true,
  atEnd: true,
  holdsOne: true,
  open: figure("svg", async (one) => (await import("../figures/write.js")).svgFile(one)),
});

/** For slides: 300 dots an inch. */
export const png = defineFormat<Result>()({
  name: "png",
  endings: [".png"],
  sound: true,
  binary: true,
  atEnd: true,
  holdsOne: true,
  open: figure("png", async (one) => (await import("../figures/write.js")).pngFile(one)),
});

/** For papers. */
export const pdf = defineFormat<Result>()({
  name: "pdf",
  endings: [".pdf"],
  sound: true,
  binary: true,
  atEnd: true,
  holdsOne: true,
  open: figure("pdf", async (one) => (await import("../figures/write.js")).pdfFile(one)),
});
