import { wordUnits } from "../words.js";
import { defineTextUnit } from "./unit.js";

export const word = defineTextUnit({
  name: "word",
  summary: "a word with its marks",
  ofSound: true,
  cut: (text) => ({ units: wordUnits(text) }),
});
