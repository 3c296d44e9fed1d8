import { describe, expect, it } from "vitest";
import { SpecError } from "../../src/errors.js";
import type { PayoffContext } from "../../src/payoffs/payoff.js";
import { createPayoff, PAYOFFS, specPayoffs } from "../../src/payoffs/registry.js";
import { fakeModel, matrix, NO_HELPERS, response } from "../support/fakes.js";

const context: PayoffContext = {
  ...NO_HELPERS,
  model: fakeModel({ score: () => [-1] }),
  loadEncoder: async (repo) => async (responses) => responses.map(({ text }) => matrix([[text.length, repo.length]])),
};

async function similarity(source: string): Promise<number> {
  const payoff = await createPayoff({ kind: "embedding", source, reducer: "mean", similarity: "euclidean" }, context);
  if (payoff.needs !== "responses") throw new Error("an embedding compares responses");
  const fitted = await payoff.fit(response({ tokens: [1], text: "1" }), [], {});
  return (await fitted.values([response({ tokens: [3], text: "four" })], {}))[0] as number;
}

describe("createPayoff", () => {
  it("lets a spec start no program", () => {
    expect(specPayoffs.map(({ name }) => name)).not.toContain(PAYOFFS.command.name);
    expect(PAYOFFS.command.flag).toBe("--payoff-command");
  });

  it("makes what is asked for", async () => {
    expect((await createPayoff({ kind: "likelihood" }, context)).needs).toBe("scores");
    for (const kind of ["tfidf", "exact-match"] as const) expect((await createPayoff({ kind }, context)).needs).toBe("responses");
    expect((await createPayoff({ kind: "command", argv: ["judge"], timeoutS: 1 }, context)).needs).toBe("responses");
    expect(await similarity("static")).toBe(1 / 3);
    expect(await similarity("contextual")).toBe(1 / 3);
    expect(await similarity("sentence-encoder")).toBe(1 / 4);
  });

  it("refuses likelihood where the model cannot score", async () => {
    const mute = { ...context, model: fakeModel({}) };
    await expect(createPayoff({ kind: "likelihood" }, mute)).rejects.toThrow(SpecError);
    await expect(createPayoff({ kind: "likelihood" }, mute)).rejects.toThrow(/connector fake cannot score.*tfidf/);
  });
});
