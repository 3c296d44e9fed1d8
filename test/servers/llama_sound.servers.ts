import { spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Result } from "../../src/results/result_schema.js";
import type { SpecInput } from "../../src/spec/schema.js";
import { sum } from "../../src/util/arrays.js";
import { explained, largest, worst } from "./asking.js";
import { serve, setting, stopServers } from "./llama_server.js";
import { AUDIO, CLIP, FEW, spoken, TRANSCRIPT, WORDS } from "./spoken.js";

/*
 * SmolLM2 with ears of random weights: what it hears means nothing to it, but moves its answer's probability.
 */
const MODEL = { connector: "openai-compatible", repo: "smollm2" } as const;
const ANSWER = "the light is on";
const folder = mkdtempSync(join(tmpdir(), "mllm-shap-servers-"));
const measured: string[] = [];
let url: string;

beforeAll(async () => {
  const ears = join(folder, "mmproj.gguf");
  const script = fileURLToPath(new URL("../../scripts/servers/tiny_mmproj.py", import.meta.url));
  const { status } = spawnSync(setting("PYTHON"), [script, setting("MODEL"), ears], { stdio: ["ignore", "ignore", "inherit"] });
  expect(status).toBe(0);
  ({ url } = await serve(ears));
});
afterAll(() => {
  stopServers();
  rmSync(folder, { recursive: true, force: true });
  appendFileSync(setting("MEASURED"), `${measured.map((line) => `sound: ${line}`).join("\n")}\n`);
});

const at = (spec: Partial<SpecInput>): Promise<Result> => explained(url, AUDIO, MODEL, spec);
const missing = ({ payoff, players }: Result): number => Math.abs(sum(players.map(({ value }) => value)) - (payoff.full - payoff.empty));

/** What the server says of the answer behind the clip as it lies in its file, asked without this package. */
async function askedOfFile(): Promise<number> {
  const post = async (path: string, body: object): Promise<Record<string, unknown>> => {
    const headers = { "content-type": "application/json" };
    return (await (await fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body) })).json()) as Record<
      string,
      unknown
    >;
  };
  const { tokens } = (await post("/tokenize", { content: ANSWER })) as { tokens: readonly number[] };
  const data = readFileSync(join(AUDIO, CLIP)).toString("base64");
  const content = [
    { type: "text", text: "what is said" },
    { type: "input_audio", input_audio: { data, format: "wav" } },
  ];
  const messages = [
    { role: "system", content: "you are good." },
    { role: "user", content },
  ];
  const grammar = `root ::= ${tokens.map((id) => `<[${id}]>`).join(" ")}`;
  const told = (await post("/v1/chat/completions", { messages, grammar, max_tokens: tokens.length, logprobs: true, temperature: 0 })) as {
    choices: readonly { logprobs: { content: readonly { logprob: number }[] } }[];
  };
  const steps = told.choices[0]?.logprobs.content ?? [];
  return sum(steps.map(({ logprob }) => logprob)) / steps.length;
}

describe("llama.cpp's server that hears", () => {
  it.each(["drop", "silence"] as const)("gives values of stretches of sound: %s", async (audio_masking) => {
    const result = await at(spoken({ players: FEW, audio_masking, payoff: "likelihood" }, null, ANSWER));
    expect(result.model.server).toMatchObject({ kind: "llamacpp", mode: "messages" });
    measured.push(`${audio_masking}, ${result.players.length} players: the largest value is ${largest(result).toFixed(3)}`);
    expect(missing(result)).toBeLessThan(1e-9);
    // Each stretch of sound is heard.
    for (const { value } of result.players) expect(Math.abs(value)).toBeGreaterThan(1e-4);
  });

  it("gives values of words, the same twice", async () => {
    const spec = spoken({ players: WORDS, audio_masking: "drop", sampler: "kernel", budget: 18, payoff: "likelihood" }, TRANSCRIPT, ANSWER);
    const [once, again] = [await at(spec), await at(spec)];
    expect(once.players.map(({ text }) => text?.trim())).toEqual(["what is said", ...TRANSCRIPT.split(" ")]);
    measured.push(`words, 18 coalitions: the largest value is ${largest(once).toFixed(3)}, twice within ${worst(once, again)}`);
    expect(worst(once, again)).toBeLessThan(1e-3);
  });

  it("hears the clip as it lies in its file", async () => {
    const spec = spoken({ players: { text: "turn", audio: "segment", segment_seconds: 9 }, payoff: "likelihood" }, null, ANSWER);
    const { payoff } = await at(spec);
    const asked = await askedOfFile();
    measured.push(`the whole clip against its file, asked without this package: within ${Math.abs(payoff.full - asked)}`);
    // What is in the server's cache by then is another part of the prompt, which moves last digits.
    expect(payoff.full).toBeCloseTo(asked, 4);
  });

  it("answers what it hears", async () => {
    const result = await at(spoken({ players: FEW, audio_masking: "drop", payoff: "tfidf" }, null, null));
    measured.push(
      `a generated answer, ${JSON.stringify(result.response.text)}: the largest value by tfidf is ${largest(result).toFixed(3)}`,
    );
    expect(result.response.text).not.toBe("");
    expect(missing(result)).toBeLessThan(1e-9);
  });

  it("without ears says so in one line", async () => {
    const { url: deaf } = await serve();
    const spec = spoken({ players: FEW, payoff: "likelihood" }, null, ANSWER);
    await expect(explained(deaf, AUDIO, MODEL, spec)).rejects.toThrow(/audio input is not supported/);
  });
});
