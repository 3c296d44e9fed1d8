import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { rewritePage, tableOf } from "../../../bench/real/report.js";

const folder = mkdtempSync(join(tmpdir(), "mllm-shap-report-"));
afterAll(() => rmSync(folder, { recursive: true }));

const measured = {
  work: "a work",
  coalitions: 8,
  ways: [
    { name: "ours", seconds: [3, 2, 9] },
    { name: "a loop", seconds: [6, 12] },
  ],
  limit: 1.5,
};

describe("the table", () => {
  test("has medians, the limit with the share that ours reaches, and ratios to ours", () => {
    const [head, , row] = tableOf([measured]).split("\n");
    expect(head).toBe("| work | coalitions | ours | the least it can take | a loop |");
    expect(row).toBe("| a work | 8 | 3.0 s | 1.5 s (50 %) | 9.0 s (3.0 ×) |");
  });

  test("leaves out what a work has not", () => {
    const rows = tableOf([measured, { ...measured, ways: measured.ways.slice(0, 1), limit: null }]).split("\n");
    expect(rows[3]).toBe("| a work | 8 | 3.0 s | — | — |");
  });
});

describe("a page", () => {
  test("has its table replaced, and nothing else", () => {
    const page = join(folder, "page.md");
    const around = ["before\n<!-- npm run bench -- real: begin -->", "<!-- npm run bench -- real: end -->\nbehind\n"];
    writeFileSync(page, `${around[0]}\nold\n${around[1]}`);
    rewritePage(page, "new");
    expect(readFileSync(page, "utf8")).toBe(`${around[0]}\n\nnew\n\n${around[1]}`);
  });

  test("without a place for it is refused and left", () => {
    const page = join(folder, "other.md");
    writeFileSync(page, "no place");
    expect(() => rewritePage(page, "new")).toThrow("between which the table would stand");
    expect(readFileSync(page, "utf8")).toBe("no place");
  });

  test("docs/speed.md has one", () => {
    const copy = join(folder, "speed.md");
    writeFileSync(copy, readFileSync("docs/speed.md"));
    rewritePage(copy, "| new |");
    expect(readFileSync(copy, "utf8")).toContain("\n| new |\n");
  });
});
