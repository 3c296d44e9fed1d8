import type { Result } from "../../results/result_schema.js";
import { defineFormat, itemByItem } from "../format.js";

/** Heat-mapped chats for reading: raw values throughout; sign by hue and by symbol, so that it reads without colour. What draws them is loaded when it is wanted. */
export const text = defineFormat<Result>()({
  name: "text",
  endings: [".txt"],
  painted: true,
  open: itemByItem(async (result, index, options) => (await import("../text/result_text.js")).toText(result, index, options)),
});
