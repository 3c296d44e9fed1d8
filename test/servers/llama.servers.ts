import { appendFileSync, existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BaseMllmModel } from "../../src/connectors/model.js";
import { loadServed } from "../../src/connectors/openai_compatible/load.js";
import type { RunEvent } from "../../src/events.js";
import { loadServedEncoder } from "../../src/helpers/served_encoder.js";
import { largestDifference } from "../../src/repos/server_identity.js";
import type { Result } from "../../src/results/result_schema.js";
import type { SpecInput } from "../../src/spec/schema.js";
import { folderWith, run } from "../cli/run.js";
import { response } from "../support/fakes.js";
import { access, explained, gradesOf, judged, largest, SPEC, worst } from "./asking.js";
import { writeTokenizer } from "./gguf.js";
import { serve, setting, stopServers } from "./llama_server.js";
import { type Relay, relayTo } from "./relay.js";

const [gguf, weights] = [setting("MODEL"), setting("WEIGHTS")];
const LOCAL = join(weights, "smollm2/optimum");

const folder = realpathSync(mkdtempSync(join(tmpdir(), "mllm-shap-servers-")));
const tokenizer = writeTokenizer(gguf, join(folder, "tokenizer"));
/** Numbers for docs/servers.md. */
const measured: string[] = [];
const relays: Relay[] = [];

const text = (content: string) => [{ kind: "text", text: content }] as const;
const explainedAt = (url: string, model: SpecInput["model"]): Promise<Result> => explained(url, folder, model);

let url: string;
let model: BaseMllmModel;
const events: RunEvent[] = [];

beforeAll(async () => {
  ({ url } = await serve());
  model = await loadServed({ config: { repoId: "smollm2" }, tokenizer, server: access(url), onEvent: (event) => events.push(event) });
});
afterAll(async () => {
  await model.dispose();
  stopServers();
  for (const relay of relays) relay.close();
  rmSync(folder, { recursive: true, force: true });
  appendFileSync(process.env.MLLM_SHAP_SERVERS_MEASURED as string, `${measured.join("\n")}\n`);
});

describe("llama.cpp's server", () => {
  it("is found out, scores a given answer, and makes the tokens that are made here", () => {
    expect(model.identity).toMatchObject({ dtype: "Q4_1", server: { kind: "llamacpp", mode: "ids" } });
    expect(model.can.score).toBe(true);
    expect(events.filter(({ kind }) => kind === "warning")).toEqual([]);
    measured.push(`noise of the probe: ${model.identity.server?.noise}`);
  });

  it("gives the same bits alone and together, in any order", async () => {
    const chats = await Promise.all(
      ["fan", "light", "lamp", "door"].map((thing) => model.buildChat([{ role: "user", content: text(`turn on the ${thing}`) }])),
    );
    const target = model.encodeResponse("Sure, I will.");
    const together = await model.score(chats, target);
    const apart = await Promise.all(chats.toReversed().map(async (chat) => (await model.score([chat], target))[0] as Float64Array));
    const difference = Math.max(...apart.toReversed().map((scores, i) => largestDifference(scores, together[i] as Float64Array)));
    measured.push(`together against alone, largest difference of a step: ${difference}`);
    expect(difference).toBeLessThan(1e-3);
  });

  it("scores an answer that it generated, the token that ends it included", async () => {
    const chat = await model.buildChat([{ role: "user", content: text("Say one word.") }]);
    const answer = await model.generate(chat, { maxNewTokens: 16 });
    expect(answer.finishReason).toBe("stop");
    const [scores] = await model.score([chat], answer);
    expect(scores).toHaveLength(answer.generatedTextTokens.length);
    // Greedy: each step was the likeliest of its place.
    for (const score of scores as Float64Array) expect(Math.exp(score)).toBeGreaterThan(1 / 49_152);
    expect((scores as Float64Array).every(Number.isFinite)).toBe(true);
  });

  it("is refused an answer that it could not tell of, before it is asked", async () => {
    const chat = await model.buildChat([{ role: "user", content: text("hello") }]);
    await expect(model.score([chat], model.encodeResponse("🦥"))).rejects.toThrow(/ends in the middle of a character/);
  });

  it("by messages gives the values that it gives by ids", async () => {
    const byIds = await explainedAt(url, { connector: "openai-compatible", repo: "smollm2", tokenizer });
    const byMessages = await explainedAt(url, { connector: "openai-compatible", repo: "smollm2" });
    measured.push(
      `by messages against by ids: payoff of the whole ${byMessages.payoff.full} and ${byIds.payoff.full}, values within ${worst(byIds, byMessages).toFixed(4)}`,
    );
    expect(byMessages.payoff.full).toBeCloseTo(byIds.payoff.full, 4);
  });

  it.skipIf(!existsSync(LOCAL))(
    "against the same weights here, read as 32-bit numbers: the difference is that of the server's 8-bit activations",
    async () => {
      const there = await explainedAt(url, { connector: "openai-compatible", repo: "smollm2", tokenizer: LOCAL });
      const here = await explainedAt(url, { connector: "transformers-text", repo: LOCAL, device: "cpu" });
      expect(there.response.tokens).toEqual(here.response.tokens);
      const spread = largest(here);
      measured.push(`against ONNX in fp32: values within ${worst(here, there).toFixed(4)}, the largest is ${spread.toFixed(4)}`);
      expect(worst(here, there)).toBeLessThan(0.2 * spread);
    },
  );

  it("that is killed in mid-run is waited for, and the command goes on where it was", async () => {
    const first = await serve();
    const relay = await relayTo(first.url);
    relays.push(relay);
    const cache = folderWith({});
    const spec = { ...SPEC, model: { connector: "openai-compatible", repo: "smollm2", tokenizer: "tokenizer" } };
    writeFileSync(join(folder, "spec.json"), JSON.stringify(spec));
    const command = ["explain", "spec.json", "--server", relay.url, "--batch-size", "4", "--server-patience", "1", "--format", "json"];
    // The server's own measurements and two requests of four coalitions are answered; it is gone with the next.
    relay.beforeCompletion(6, () => first.process.kill("SIGKILL"));
    const { code, stderr } = await run(command, { cwd: folder, env: { MLLM_SHAP_CACHE: cache } });
    expect(code).toBe(75);
    expect(stderr).toMatch(/mllm-shap: \d+ of 32 answers are kept; the same command goes on from there\n$/);
    relay.to((await serve()).url);
    const resumed = await run(command, { cwd: folder, env: { MLLM_SHAP_CACHE: cache } });
    expect(resumed.code).toBe(0);
    const result = JSON.parse(resumed.stdout) as Result;
    expect(result.run?.memo_hits).toBeGreaterThan(3);
    expect((result.run?.memo_hits ?? 0) + (result.run?.model_calls ?? 0)).toBe(32);
  });

  it("judges answers: the same grades each time, and values that add up to what they differ by", async () => {
    const [first, again] = [await judged(url, folder, "server:smollm2"), await judged(url, folder, "server:smollm2")];
    expect(first.encoder?.server).toMatchObject({ kind: "llamacpp" });
    const { grades, missing } = gradesOf(first);
    for (const grade of grades) expect(grade).toSatisfy((value: number) => value > 1 && value < 5);
    expect(missing).toBeLessThan(1e-9);
    measured.push(`a judge: grades ${grades.map((grade) => grade.toFixed(4)).join(" and ")}, twice within ${worst(first, again)}`);
    expect(worst(first, again)).toBeLessThan(1e-3);
    if (!existsSync(LOCAL)) return;
    const here = await judged(url, folder, LOCAL);
    measured.push(
      `a judge against the same weights in ONNX: values within ${worst(first, here).toFixed(4)}, the largest is ${largest(here).toFixed(4)}`,
    );
  });

  it("embeds texts", async () => {
    const { url: embeds } = await serve("--embeddings");
    const encoder = await loadServedEncoder({ config: { repoId: "smollm2" }, server: access(embeds) });
    const [a, b, again] = await encoder.embed(
      ["turn on the light", "the capital of France", "turn on the light"].map((one) => response({ text: one })),
      {},
    );
    expect(a?.columns).toBe(576);
    expect(again?.data).toEqual(a?.data);
    expect(b?.data).not.toEqual(a?.data);
    await encoder.dispose();
  });
});
