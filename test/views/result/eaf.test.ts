import { DOMParser } from "linkedom";
import { expect, test } from "vitest";
import type { Result } from "../../../src/results/result_schema.js";
import { render } from "../../../src/views/format.js";
import { eaf } from "../../../src/views/result/eaf.js";
import { SAMPLES, sampleResult } from "../../support/samples.js";
import { soundResult } from "../../support/sound.js";

async function parsed(result: Result) {
  const document = new DOMParser().parseFromString(await render(eaf, [result]), "text/xml");
  const all = (tag: string) => [...document.querySelectorAll(tag)];
  const attribute = (element: { getAttribute(name: string): string | null } | null | undefined, name: string) =>
    element?.getAttribute(name) ?? "";
  const times = new Map(all("TIME_SLOT").map((slot) => [attribute(slot, "TIME_SLOT_ID"), Number(attribute(slot, "TIME_VALUE"))]));
  return { document, all, attribute, times };
}

test("a tier of what is said on the time axis, with values and intervals below it", async () => {
  const { document, all, attribute, times } = await parsed(soundResult());
  expect([...(document.documentElement?.children ?? [])].map(({ tagName }) => tagName)).toEqual([
    ...["HEADER", "TIME_ORDER", "TIER", "TIER", "TIER", "LINGUISTIC_TYPE", "LINGUISTIC_TYPE", "CONSTRAINT"],
  ]);
  const tiers = all("TIER").map((tier) => [
    attribute(tier, "TIER_ID"),
    attribute(tier, "PARENT_REF"),
    [...tier.querySelectorAll("ANNOTATION_VALUE")].map((value) => value.textContent),
  ]);
  expect(tiers.slice(0, 2)).toEqual([
    ["words", "", ["the", "light", "on"]],
    ["values", "words", ["+0.120", "+1.310", "-0.400"]],
  ]);
  const spans = all("ALIGNABLE_ANNOTATION").map((one) =>
    ["TIME_SLOT_REF1", "TIME_SLOT_REF2"].map((name) => times.get(attribute(one, name))),
  );
  expect(spans).toEqual([
    [0, 250],
    [250, 500],
    [500, 750],
  ]);
  const ids = all("ANNOTATION > *").map((one) => attribute(one, "ANNOTATION_ID"));
  expect(new Set(ids).size).toBe(9);
  for (const reference of all("REF_ANNOTATION")) expect(ids.slice(0, 3)).toContain(attribute(reference, "ANNOTATION_REF"));
});

test("texts are text, whatever they hold; stretches have a length and do not overlap", async () => {
  const result = soundResult();
  const players = result.players.map((player, i) => ({ ...player, text: i === 0 ? '<b>&"\u0001' : player.text }));
  const { all } = await parsed({ ...result, players });
  expect(all("ANNOTATION_VALUE")[0]?.textContent).toContain('<b>&"');
  expect(await render(eaf, [{ ...result, players }])).not.toContain("\u0001");
});

test("refuses what has no sound, and several", async () => {
  await expect(render(eaf, [sampleResult(SAMPLES.text)])).rejects.toThrow(/stretches of sound, and this result has none/);
  await expect(render(eaf, [soundResult(), soundResult()])).rejects.toThrow(/eaf holds one result, and there are 2/);
});
