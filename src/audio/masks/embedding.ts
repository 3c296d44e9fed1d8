import { defineMask } from "./mask.js";

export const embedding = defineMask({
  name: "embedding",
  summary: "its rows leave the whole clip's encoding: cheapest, but the rows that stay have heard the rest",
  keepsTurn: false,
  on: "rows",
});
