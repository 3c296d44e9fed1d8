import { describe, expect, test } from "vitest";
import { DEFAULT_FIGURE } from "../../../src/views/figure_options.js";
import { render } from "../../../src/views/format.js";
import { FORMATS } from "../../../src/views/result/formats.js";
import { SAMPLES, sampleResult } from "../../support/samples.js";

const result = sampleResult(SAMPLES.text);
const view = { csvExcel: false, width: 80, colorLevel: 0, figure: DEFAULT_FIGURE } as const;

describe.each(Object.values(FORMATS))("$name", ({ name, atEnd = false, holdsOne = false, open }) => {
  test("a result goes out as it comes, unless the format says that it waits for the last", async () => {
    let parts = 0;
    const writer = open(() => void parts++, view);
    await writer.write(result);
    expect(parts === 0).toBe(atEnd);
  });

  test("has room for several results, unless it says that it has not", async () => {
    const writer = open(() => undefined, view);
    await writer.write(result);
    await writer.write(result);
    const closed = (async () => writer.close())();
    if (holdsOne) await expect(closed).rejects.toThrow(`${name} holds one result, and there are 2`);
    else await closed;
  });
});

test("JSON is a list or an object as asked", async () => {
  const shape = async (asList: boolean | null, items = 1) =>
    JSON.parse(await render(FORMATS.json, Array(items).fill(result), { asList })) as unknown;
  expect([await shape(true), await shape(false), await shape(null)]).toEqual([[result], result, result]);
  expect(await shape(null, 2)).toEqual([result, result]);
  await expect(shape(false, 2)).rejects.toThrow("json holds one result, and there are 2");
});
