import type { Result } from "../../results/result_schema.js";
import { allAtOnce, defineFormat } from "../format.js";

/** One page with everything, to be opened, shown, printed and sent. What draws it is loaded when it is wanted. */
export const html = defineFormat<Result>()({
  name: "html",
  endings: [".html", ".htm"],
  sound: true,
  atEnd: true,
  open: allAtOnce(async (results) => (await import("../html/report.js")).toHtml(results)),
});
