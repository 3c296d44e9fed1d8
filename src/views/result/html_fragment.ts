import type { Result } from "../../results/result_schema.js";
import { allAtOnce, defineFormat } from "../format.js";

/** The page as a piece of another page, such as a notebook's. */
export const htmlFragment = defineFormat<Result>()({
  name: "html-fragment",
  endings: [".fragment.html"],
  sound: true,
  atEnd: true,
  open: allAtOnce(async (results) => {
    const [{ toHtml }, { toFragment }] = await Promise.all([import("../html/report.js"), import("../html/fragment.js")]);
    return toFragment(toHtml(results));
  }),
});
