import { describe, expect, it, onTestFinished } from "vitest";
import type { RunEvent } from "../../src/events.js";
import { loadCrossEncoder } from "../../src/helpers/cross_encoder.js";
import { nliPayoff } from "../../src/payoffs/nli.js";
import { TEXT_LOGITS, TOKEN_LOGITS, writeCrossEncoder, writeEncoder } from "../support/encoder_files.js";
import { response } from "../support/fakes.js";

async function opened(folder: string, onEvent?: (event: RunEvent) => void) {
  const encoder = await loadCrossEncoder({ config: { repoId: folder }, device: "cpu", threads: 1, onEvent });
  onTestFinished(() => encoder.dispose());
  return encoder;
}

/** Token ids: [CLS] 2, [SEP] 3, on 4, off 5, light 6, fan 7. */
const CLS = 2;
const SEP = 3;

/** P(entailment) of a pair of token ids, worked out beside the graph. */
function truth(premise: readonly number[], hypothesis: readonly number[]): number {
  const ids = [CLS, ...premise, SEP, ...hypothesis, SEP];
  const types = ids.map((_, at) => (at < premise.length + 2 ? 0 : 1));
  const logits = [0, 1, 2].map(
    (label) =>
      ids.reduce((sum, id, at) => sum + (TOKEN_LOGITS[id]?.[label] ?? 0) + (TEXT_LOGITS[types[at] ?? 0]?.[label] ?? 0), 0) / ids.length,
  );
  const weights = logits.map(Math.exp);
  return (weights[1] as number) / weights.reduce((sum, weight) => sum + weight, 0);
}

describe("loadCrossEncoder", () => {
  it("gives the probability of entailment of each pair, whatever it is batched with; 0 where a text is blank", async () => {
    const { entail } = await opened(writeCrossEncoder());
    const found = await entail(
      [
        ["light on", "fan"],
        ["fan", "light on"],
        ["on", ""],
        ["off off", "on"],
        [" ", "on"],
      ],
      {},
    );
    const expected = [truth([6, 4], [7]), truth([7], [6, 4]), 0, truth([5, 5], [4]), 0];
    expected.forEach((one, i) => {
      expect(found[i]).toBeCloseTo(one, 6);
    });
    expect(found[0]).not.toBeCloseTo(found[1] as number, 3);
  });

  it("finds the label of entailment by its name", async () => {
    const { entail } = await opened(writeCrossEncoder({ labels: ["ENTAILMENT", "NEUTRAL", "CONTRADICTION"] }));
    const [first] = await entail([["on", "off"]], {});
    const { entail: second } = await opened(writeCrossEncoder());
    expect(first).not.toBeCloseTo((await second([["on", "off"]], {}))[0] as number, 3);
  });

  it("cuts the longer text of a pair that is too long, keeps what stands around, and says so once", async () => {
    const events: RunEvent[] = [];
    const { entail } = await opened(writeCrossEncoder({ maxTokens: 7 }), (event) => events.push(event));
    const found = await entail(
      [
        ["light on on on on on on", "fan"],
        ["fan", "off light light light light"],
      ],
      {},
    );
    expect(found[0]).toBeCloseTo(truth([6, 4, 4], [7]), 6);
    expect(found[1]).toBeCloseTo(truth([7], [5, 6, 6]), 6);
    expect(events.filter(({ kind }) => kind === "warning")).toHaveLength(1);
  });

  it("refuses what is no cross-encoder for entailment", async () => {
    await expect(opened(writeEncoder())).rejects.toThrow(/is no cross-encoder: its outputs are last_hidden_state; logits is needed/);
    const refused = opened(writeCrossEncoder({ labels: ["LABEL_0", "LABEL_1", "LABEL_2"] }));
    await expect(refused).rejects.toThrow(/id2label\) names "LABEL_0", "LABEL_1", "LABEL_2"; one must be "entailment"/);
    const { entail } = await opened(writeCrossEncoder({ labels: ["entailment", "not_entailment"] }));
    await expect(entail([["on", "off"]], {})).rejects.toThrow(/gives 3 logits a pair, and its config.json names 2 labels/);
  });

  it("is stopped between batches", async () => {
    const { entail } = await opened(writeCrossEncoder());
    await expect(entail([["on", "off"]], { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
  });
});

describe("the nli payoff", () => {
  it("asks for entailment of the reference, of the answer, or of both", async () => {
    const { entail } = await opened(writeCrossEncoder());
    const paid = async (premise: "answer" | "reference" | "both", reference: string | null = null) => {
      const fitted = await nliPayoff(entail, reference, premise).fit(response({ text: "fan" }), [], {});
      return [...(await fitted.values([response({ text: "light on" }), response({ text: "" }), response({ text: "off" })], {}))];
    };
    const [forth, back] = [truth([6, 4], [7]), truth([7], [6, 4])];
    expect((await paid("answer"))[0]).toBeCloseTo(forth, 6);
    expect((await paid("reference"))[0]).toBeCloseTo(back, 6);
    expect((await paid("both"))[0]).toBeCloseTo(Math.min(forth, back), 6);
    expect((await paid("answer", "on"))[2]).toBeCloseTo(truth([5], [4]), 6);
    expect((await paid("both"))[1]).toBe(0);
    expect(() => nliPayoff(entail, null, "answer").fit(response({}), [], {})).toThrow(/blank: give explain.payoff a reference/);
  });
});
