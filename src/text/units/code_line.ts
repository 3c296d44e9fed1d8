import { filledLines } from "./line.js";
import { defineTextUnit, unitsOfStretches } from "./unit.js";

export const codeLine = defineTextUnit({
  name: "code-line",
  summary: "a line that is not blank, shown with its indentation",
  between: "breaks",
  indented: true,
  cut: (text) => ({ units: unitsOfStretches(text, filledLines(text)) }),
});
