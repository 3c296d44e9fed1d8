import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { ResultSchema } from "../../src/results/result_schema.js";
import { requestOf } from "../../src/spec/load.js";
import type { SpecInput } from "../../src/spec/schema.js";
import { explain } from "../../src/tasks/explain.js";
import { text as textView } from "../../src/views/result/text.js";
import { renderedLater } from "../support/render.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const explained = async (how: SpecInput["explain"], model: "transformers-text" | "liquid-audio" = "transformers-text", audio = false) =>
  await explain(
    await requestOf(
      {
        model: { connector: model, repo: "embedded:nano", device: "cpu" },
        messages: [
          {
            role: "user",
            content: audio
              ? [
                  { type: "text", text: "please do what is said" },
                  { type: "audio", path: "configs/audio/kitchen-light.wav" },
                ]
              : "could you please turn on the kitchen light",
          },
        ],
        explain: { players: "word", ...how },
        run: { threads: 1 },
      },
      root,
    ),
  );

it("what stands in for left-out text stands in the result and its views, and changes what nobody is worth alone", async () => {
  const gone = await explained({ sampler: "exact" });
  expect(gone.explainer.text_masking).toBeUndefined();
  const filled = await explained({ sampler: "exact", text_masking: "filler" });
  expect(ResultSchema.parse(filled).explainer.text_masking).toEqual({ kind: "filler", text: "." });
  expect(filled.payoff.full).toBe(gone.payoff.full);
  expect(filled.payoff.empty).not.toBe(gone.payoff.empty);
  expect(await renderedLater(textView, [filled])).toContain('for text left out: filler "."');
  const most = filled.players.toSorted((a, b) => b.value - a.value).slice(0, 3);
  expect(most.map(({ text }) => text).sort()).toEqual(["kitchen", "light", "on"]);
});

it("stands in for text alone: audio is left out as ever", async () => {
  const how = { sampler: "permutation", budget: 30, players: { text: "word", audio: "segment", segment_seconds: 0.5 } } as const;
  const [gone, stood] = [
    await explained(how, "liquid-audio", true),
    await explained({ ...how, text_masking: { kind: "placeholder", text: "[...]" } }, "liquid-audio", true),
  ];
  expect(stood.players.map(({ kind }) => kind)).toContain("segment");
  expect(stood.payoff.full).toBe(gone.payoff.full);
  expect(stood.payoff.empty).not.toBe(gone.payoff.empty);
  expect(stood.payoff.efficiency_gap).toBeCloseTo(0, 9);
});

it("is refused where the vocabulary cannot do it", async () => {
  await expect(explained({ text_masking: { kind: "filler", text: "two words" } })).rejects.toThrow(
    /the filler "two words" must be one token/,
  );
  await expect(explained({ text_masking: { kind: "blur" } as never })).rejects.toThrow(/text_masking/);
});
