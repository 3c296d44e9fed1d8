import { defineTextUnit } from "./unit.js";

export const turn = defineTextUnit({
  name: "turn",
  summary: "all that is said in one turn",
  cut: (text) => ({ units: new Int32Array(text.length) }),
});
