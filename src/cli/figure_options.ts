import { type Command, Option } from "commander";
import { SpecError } from "../errors.js";
import { FIGURE_WIDTHS, type FigureOptions, PANELS } from "../views/figure_options.js";
import { listOption } from "./options.js";

export interface FigureFlags {
  readonly figureWidth?: string;
  readonly panel?: readonly string[];
  readonly font?: string;
}

/** What svg, png and pdf are drawn with. */
export function addFigureOptions(command: Command): void {
  command
    .optionsGroup("Figures (svg, png, pdf):")
    .addOption(
      new Option(
        "--figure-width <mm>",
        `width in millimetres, or ${Object.entries(FIGURE_WIDTHS)
          .map(([name, mm]) => `${name} (${mm} mm)`)
          .join(", ")}`,
      ),
    )
    .addOption(listOption("--panel <name>", `what is drawn, in this order (repeatable): ${PANELS.join(", ")}`))
    .option("--font <file>", "a TrueType or OpenType font instead of Source Sans 3, such as one for your script");
}

/** @throws SpecError naming the flag. */
export async function figureOf({ figureWidth, panel, font }: FigureFlags): Promise<Partial<FigureOptions>> {
  return {
    ...(figureWidth === undefined ? {} : { widthMm: widthOf(figureWidth) }),
    ...(panel === undefined ? {} : { panels: panel.map(panelOf) }),
    ...(font === undefined ? {} : { font: await readFont(font) }),
  };
}

function widthOf(text: string): number {
  const named = Object.entries(FIGURE_WIDTHS).find(([name]) => name === text)?.[1];
  const width = named ?? Number(text.replace(/mm$/, ""));
  if (Number.isFinite(width) && width >= 40 && width <= 1_000) return width;
  throw new SpecError(`--figure-width ${text}: must be ${Object.keys(FIGURE_WIDTHS).join(", ")}, or millimetres from 40 to 1,000`);
}

function panelOf(name: string): (typeof PANELS)[number] {
  const found = PANELS.find((each) => each === name);
  if (found !== undefined) return found;
  throw new SpecError(`--panel ${name}: must be one of ${PANELS.join(", ")}`);
}

async function readFont(file: string): Promise<Uint8Array> {
  const { readFile } = await import("node:fs/promises");
  try {
    return await readFile(file);
  } catch (cause) {
    throw new SpecError(`--font ${file}: cannot be read`, { cause });
  }
}
