import { type Topic, table } from "./topic.js";

export const formats: Topic = {
  name: "formats",
  summary: "formats of results, by their endings",
  async text() {
    const { FORMATS } = await import("../../views/result/formats.js");
    const rows = Object.values(FORMATS).map(({ name, endings }) => [name, endings.join(" ")] as const);
    return `-o FILE takes the format of the ending, --format NAME that of standard output.\n\n${table(rows)}`;
  },
};
