import { appendFileSync, existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Result } from "../../src/results/result_schema.js";
import type { SpecInput } from "../../src/spec/schema.js";
import { explained, largest, worst } from "./asking.js";
import { AUDIO, FEW, SEGMENTS, spoken, TRANSCRIPT, WORDS } from "./spoken.js";

/*
 * A random Qwen2-Audio that scripts/servers/tiny_audio.py makes, served by vLLM as docs/servers.md says and read here from the same folder: the address is
 * MLLM_SHAP_SERVERS_VLLM_AUDIO, the folder MLLM_SHAP_SERVERS_AUDIO. Weights are of random numbers, so that the least change of the sound moves every value.
 */
const url = process.env.MLLM_SHAP_SERVERS_VLLM_AUDIO ?? "";
const folder = process.env.MLLM_SHAP_SERVERS_AUDIO ?? "";
const HERE = { connector: "speech", repo: folder, device: "cpu" } as const;
const THERE = { connector: "openai-compatible", repo: "tiny" } as const;
/** Largest difference of a value: 32-bit sums in another order. */
const CLOSE = 2e-5;
const measure = (words: string): void => appendFileSync(process.env.MLLM_SHAP_SERVERS_MEASURED as string, `vLLM with sound: ${words}\n`);

const at = (model: SpecInput["model"], spec: Partial<SpecInput>): Promise<Result> => explained(url, AUDIO, model, spec);

describe.skipIf(url === "" || !existsSync(folder))("vLLM with a Qwen2-Audio of random weights", () => {
  it.each([
    ["segments", "drop", SEGMENTS, null],
    ["segments", "silence", SEGMENTS, null],
    ["words", "drop", WORDS, TRANSCRIPT],
    ["words", "silence", WORDS, TRANSCRIPT],
  ] as const)("gives the values of the same weights in ONNX here: %s, %s", async (what, audio_masking, players, transcript) => {
    const spec = spoken({ players, audio_masking, payoff: "likelihood" }, transcript, "the light is on now");
    const [here, there] = [await at(HERE, spec), await at(THERE, spec)];
    expect(there.model.server).toMatchObject({ kind: "vllm", mode: "messages" });
    expect(there.players).toHaveLength(here.players.length);
    measure(
      `${there.model.server?.version}, ${what}, ${audio_masking}, ${here.players.length} players: values within ${worst(here, there).toExponential(1)} of ${largest(here).toFixed(3)}`,
    );
    expect(worst(here, there)).toBeLessThan(CLOSE);
  });

  it("gives the answers of the weights here to every masked clip", async () => {
    const spec = spoken({ players: FEW, audio_masking: "drop", payoff: "exact-match" }, null, null);
    const [here, there] = [await at(HERE, spec), await at(THERE, spec)];
    measure(`a generated answer, ${JSON.stringify(there.response.text)}: values of exact-match within ${worst(here, there)}`);
    // vLLM keeps the beginning of a character back until its end is there.
    expect(there.response.text).toBe(here.response.text.replace(/\uFFFD+$/, ""));
    expect(worst(here, there)).toBe(0);
  });

  it("says the same of its answers twice", async () => {
    const spec = spoken({ players: FEW, audio_masking: "silence", payoff: "tfidf" }, null, null);
    const [once, again] = [await at(THERE, spec), await at(THERE, spec)];
    measure(`tfidf of generated answers twice: values within ${worst(once, again)} of ${largest(once).toFixed(3)}`);
    expect(largest(once)).toBeGreaterThan(0);
    expect(worst(once, again)).toBeLessThan(CLOSE);
  });
});
