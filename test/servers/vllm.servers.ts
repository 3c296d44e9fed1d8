import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { explained, gradesOf, judged, largest, SPEC, worst } from "./asking.js";

/*
 * vLLM is too large to be installed by a test (6.5 GB on a CPU): started by hand, as docs/servers.md says, it is named by MLLM_SHAP_SERVERS_VLLM.
 */
const url = process.env.MLLM_SHAP_SERVERS_VLLM ?? "";
const weights = process.env.MLLM_SHAP_SERVERS_WEIGHTS ?? "";
const LOCAL = join(weights, "smollm2/optimum");
const measure = (words: string): void => appendFileSync(process.env.MLLM_SHAP_SERVERS_MEASURED as string, `vLLM: ${words}\n`);
const HERE = { connector: "transformers-text", repo: LOCAL, device: "cpu" } as const;
const BY_IDS = { connector: "openai-compatible", repo: "smol", tokenizer: LOCAL } as const;
const BY_MESSAGES = { connector: "openai-compatible", repo: "smol" } as const;
/** Largest difference of a value: 32-bit sums in another order. */
const CLOSE = 1e-5;

describe.skipIf(url === "" || !existsSync(LOCAL))("vLLM with SmolLM2-135M at fp32", () => {
  it("gives the values of the same weights in ONNX here, by ids and by messages", async () => {
    const here = await explained(url, weights, HERE);
    const byIds = await explained(url, weights, BY_IDS);
    const byMessages = await explained(url, weights, BY_MESSAGES);
    expect(byIds.model.server).toMatchObject({ kind: "vllm", mode: "ids" });
    expect(byIds.response.tokens).toEqual(here.response.tokens);
    measure(`${byIds.model.server?.version}, noise of the probe ${byIds.model.server?.noise}`);
    measure(`a given answer, by ids: values within ${worst(here, byIds).toExponential(1)} of ${largest(here).toFixed(3)}`);
    measure(`by messages: within ${worst(here, byMessages).toExponential(1)}`);
    expect(worst(here, byIds)).toBeLessThan(CLOSE);
    expect(worst(here, byMessages)).toBeLessThan(CLOSE);
  });

  it("gives the same answer as the weights here, and its values", async () => {
    const spec = {
      ...SPEC,
      messages: [{ role: "user" as const, content: "what is the capital of France?" }],
      generation: { max_new_tokens: 8 },
    };
    const [here, there] = [await explained(url, weights, HERE, spec), await explained(url, weights, BY_IDS, spec)];
    expect(there.response.text).toBe(here.response.text);
    measure(`a generated answer, by ids: values within ${worst(here, there).toExponential(1)} of ${largest(here).toFixed(3)}`);
    expect(worst(here, there)).toBeLessThan(CLOSE);
  });

  it("judges as the same weights do here", async () => {
    const [here, there] = [await judged(url, weights, LOCAL), await judged(url, weights, "server:smol")];
    const { grades, missing } = gradesOf(there);
    for (const grade of grades) expect(grade).toSatisfy((value: number) => value > 1 && value < 5);
    expect(missing).toBeLessThan(1e-9);
    measure(
      `a judge: grades ${grades.map((grade) => grade.toFixed(4)).join(" and ")}, values within ${worst(here, there).toExponential(1)} of ${largest(here).toFixed(3)}`,
    );
    // The server tells the 20 likeliest tokens only: a grade that is not among them counts as the least of these.
    expect(worst(here, there)).toBeLessThan(0.5);
  });
});
