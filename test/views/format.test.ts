import { expect, test } from "vitest";
import { DEFAULT_FIGURE } from "../../src/views/figure_options.js";
import { allAtOnce, defineFormat, itemByItem, render } from "../../src/views/format.js";

const lines = defineFormat<number>()({ name: "lines", endings: [".n"], open: itemByItem((n, i, { width }) => `${i}:${n}/${width}\n`) });
const list = defineFormat<number>()({ name: "list", endings: [], open: allAtOnce((all) => `[${all.join()}]`) });

test("items go out as they come, or all at the end", async () => {
  const out: string[] = [];
  const [first, second] = [lines, list].map(({ open }) =>
    open((part) => void out.push(String(part)), { csvExcel: false, width: 7, colorLevel: 0, figure: DEFAULT_FIGURE }),
  );
  for (const n of [5, 6]) {
    await first?.write(n);
    await second?.write(n);
  }
  expect(out).toEqual(["0:5/7\n", "1:6/7\n"]);
  await first?.close();
  await second?.close();
  expect(out.slice(2)).toEqual(["[5,6]"]);
});

test("a document without items is empty", async () => {
  for (const format of [lines, list]) expect(await render(format, [])).toBe("");
});

test("a sink that makes its writer wait is waited for", async () => {
  const order: string[] = [];
  const slow = async (part: string | Uint8Array) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    order.push(String(part));
  };
  const writer = lines.open(slow, { csvExcel: false, width: 1, colorLevel: 0, figure: DEFAULT_FIGURE });
  for (const n of [1, 2]) await writer.write(n);
  expect(order).toEqual(["0:1/1\n", "1:2/1\n"]);
});
