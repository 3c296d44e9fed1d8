import { escapeJson } from "../util/escape.js";
import { allAtOnce, defineFormat, itemByItem } from "./format.js";

/** Reports as JSON: one as an object, several as a list. @param toPlain what of a report is written, keys as in the file. */
export function jsonDocument<Report>(toPlain: (report: Report) => unknown = (report) => report) {
  return defineFormat<Report>()({
    name: "json",
    endings: [".json"],
    atEnd: true,
    open: allAtOnce((reports) => {
      const plain = reports.map(toPlain);
      return escapeJson(`${JSON.stringify(plain.length === 1 ? plain[0] : plain, null, 2)}\n`);
    }),
  });
}

/** Reports for reading, a blank line between two. */
export function textDocument<Report>(toText: (report: Report) => string) {
  return defineFormat<Report>()({
    name: "text",
    endings: [".txt"],
    open: itemByItem((report, i) => (i === 0 ? "" : "\n") + toText(report)),
  });
}
