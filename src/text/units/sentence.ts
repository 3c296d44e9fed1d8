import { sentenceUnits } from "../words.js";
import { defineTextUnit } from "./unit.js";

export const sentence = defineTextUnit({
  name: "sentence",
  summary: "a sentence",
  cut: (text) => ({ units: sentenceUnits(text) }),
});
