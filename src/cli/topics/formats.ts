import { TEMPLATE_FIELDS } from "../output_template.js";
import { type Topic, table } from "./topic.js";

export const formats: Topic = {
  name: "formats",
  summary: "formats of results, by their endings",
  async text() {
    const { FORMATS } = await import("../../views/result/formats.js");
    const rows = Object.values(FORMATS).map(({ name, endings }) => [name, endings.join(" ")] as const);
    return `-o FILE takes the format of the ending, --format NAME that of standard output.\n\n${table(rows)}\n${NAMES}\n${SHAPES}`;
  },
};

const NAMES = `A file name with fields (-o out/{stem}.html) is a file for each spec; folders are made. Fields are

${table(Object.entries(TEMPLATE_FIELDS).map(([field, meaning]) => [`{${field}}`, meaning]))}`;

const SHAPES = `JSON is one object where one spec is given and a list where several are, even if only one could be explained. --json-shape list
makes it a list always, so that a script need not count its files; --json-shape object refuses several. JSON Lines have one
object a line in any case. "mllm-shap schema --result" describes that object.

JSON, pages and figures are written when the last result is there. Until then finished results of several specs lie in
FILE.partial.jsonl, which stays where the process is killed: "mllm-shap show FILE.partial.jsonl -o FILE" makes the document.
`;
