import { describe, expect, it, onTestFinished } from "vitest";
import { TransformersCausalText } from "../../src/connectors/causal_text/model.js";
import type { LoadOptions } from "../../src/connectors/types.js";
import type { RunEvent } from "../../src/events.js";
import { loadJudge } from "../../src/helpers/judge.js";
import { requestOf, STRICT } from "../../src/spec/load.js";
import type { SpecInput } from "../../src/spec/schema.js";
import { explain } from "../../src/tasks/explain.js";
import { sha256 } from "../../src/util/sha256.js";
import { chatDialect } from "../support/dialects.js";
import { fakeServer } from "../support/fake_server.js";
import { servedModels } from "../support/served_models.js";
import { zooCells } from "../support/zoo.js";

const SETTINGS = { prompt: "Grade {answer}:", least: 1, most: 5 };
const ask = (answer: string): string => `Grade from 1 to 5: ${answer}`;
const CPU = { device: "cpu", threads: 1 } as const;
const NANO: LoadOptions = { ...CPU, config: { repoId: "embedded:nano" } };

async function opened(options: LoadOptions, settings = SETTINGS, connector = "auto") {
  const judge = await loadJudge(connector, options, settings);
  onTestFinished(() => judge.dispose());
  return judge;
}

function folderOf(family: string): string {
  const cell = zooCells(["optimum"]).find((one) => one.family === family);
  if (cell === undefined) throw new Error(`no ${family} in the zoo`);
  return cell.folder();
}

/** Σ g·p(g) / Σ p(g), each p by a pass of its own. */
async function byScores(model: TransformersCausalText, text: string) {
  const chat = await model.buildChat([{ role: "user", content: [{ kind: "text", text }] }]);
  const odds: number[] = [];
  for (const grade of [1, 2, 3, 4, 5]) {
    const [score] = await model.score([chat], model.encodeResponse(String(grade), chat));
    odds.push(Math.exp([...(score as Float64Array)].reduce((sum, one) => sum + one, 0)));
  }
  const probability = odds.reduce((sum, one) => sum + one, 0);
  return { grade: odds.reduce((sum, one, i) => sum + one * (i + 1), 0) / probability, probability };
}

describe("a judge that runs here", () => {
  it.each(["smollm2", "qwen2"])("gives the expected value of the grades' tokens, whatever it is asked beside (%s)", async (family) => {
    const repoId = folderOf(family);
    const { grading, identity } = await opened({ ...CPU, config: { repoId } });
    const answers = ["the light is on", "no", "", "a much longer answer than the others are"];
    const graded = await grading(ask)(answers, {});
    const model = await TransformersCausalText.load({ ...CPU, config: { repoId } });
    onTestFinished(() => model.dispose());
    for (const [i, answer] of answers.entries()) {
      const truth = await byScores(model, ask(answer));
      expect(graded[i]?.grade).toBeCloseTo(truth.grade, 5);
      expect(graded[i]?.probability).toBeCloseTo(truth.probability, 6);
      expect((await grading(ask)([answer], {}))[0]?.grade).toBeCloseTo(graded[i]?.grade as number, 6);
    }
    expect(new Set(graded.map(({ grade }) => grade)).size).toBe(4);
    expect(identity).toMatchObject({ connector: "transformers-text" });
    expect(identity.sha256["prompt of the judge"]).toBe(sha256(SETTINGS.prompt));
    expect(Object.keys(identity.sha256)).toContain("tokenizer.json");
  });

  it("refuses grades that are no tokens of its own", async () => {
    await expect(opened(NANO, { ...SETTINGS, most: 10 })).rejects.toThrow(
      /the judge embedded:nano cannot grade from 1 to 10: .*one token of each/,
    );
  });

  it("cuts the end of an answer for which its window has no room, and says so once", async () => {
    const events: RunEvent[] = [];
    const { grading } = await opened({ ...NANO, onEvent: (event) => events.push(event) });
    const long = "7".repeat(5000);
    const graded = await grading(ask)([long, `${long}7 and more`, "on"], {});
    expect(graded[0]?.grade).toBe(graded[1]?.grade);
    expect(graded[0]?.grade).not.toBeCloseTo(graded[2]?.grade as number, 6);
    const warnings = events.filter(({ kind }) => kind === "warning");
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatchObject({ message: expect.stringMatching(/it sees the first \d+ characters/) as unknown });
  });

  it("is stopped between batches", async () => {
    const { grading } = await opened(NANO);
    await expect(grading(ask)(["a"], { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
  });
});

const BASE = {
  model: { connector: "transformers-text", repo: "embedded:nano" },
  messages: [{ role: "user", content: "turn on the kitchen light" }],
} as const;

const specOf = (source: string): SpecInput => ({
  ...BASE,
  messages: [...BASE.messages],
  explain: { players: "word", payoff: { kind: "judge", source, prompt: "grade {answer} for {conversation}" } },
});

describe("explanations by a judge", () => {
  it("hold its grades, its files and its prompt's digest, and the same numbers when played again", async () => {
    const request = () => requestOf(specOf("embedded:nano"), process.cwd());
    const [one, two] = [await explain(await request()), await explain(await request())];
    expect(one.payoff.full).toBeGreaterThan(1);
    expect(one.payoff.full).toBeLessThan(5);
    expect(one.players.map(({ value }) => value)).toEqual(two.players.map(({ value }) => value));
    const total = one.players.reduce((sum, { value }) => sum + value, 0);
    expect(total).toBeCloseTo(one.payoff.full - one.payoff.empty, 9);
    expect(one.encoder?.sha256).toMatchObject({ "prompt of the judge": sha256("grade {answer} for {conversation}") });
    const judge = await opened(NANO);
    const asked = (answer: string): string => `grade ${answer} for user: turn on the kitchen light`;
    const [own] = await judge.grading(asked)([one.response.text], {});
    expect(one.payoff.full).toBeCloseTo(own?.grade as number, 6);
  });
});

describe("a judge behind a server", () => {
  const fixture = servedModels();

  it("grades by the likeliest tokens that the server tells; one that is not among them is as probable as the least of these", async () => {
    const server = await fakeServer(chatDialect(fixture.nano));
    fixture.open.push(server);
    const access = { url: server.url, apiKey: null, kind: null, timeoutS: 60, patienceS: 0 };
    const judge = await opened({ config: { repoId: "chatty" }, server: access }, SETTINGS, "openai-compatible");
    const told = (rows: readonly (readonly [string, number])[]) =>
      server.misbehave((_, reply) => {
        const top_logprobs = rows.map(([token, p]) => ({ token, logprob: Math.log(p), bytes: null }));
        const logprobs = { content: [{ ...top_logprobs[0], top_logprobs }] };
        const choice = { index: 0, message: { role: "assistant", content: "5" }, logprobs, finish_reason: "length" };
        reply.writeHead(200).end(JSON.stringify({ choices: [choice] }));
        return true;
      });
    told([
      ["5", 0.5],
      [" 5", 0.1],
      ["4", 0.2],
      ["3", 0.1],
      ["2", 0.05],
      ["1", 0.05],
    ]);
    const [all] = await judge.grading(ask)(["a"], {});
    expect(all?.grade).toBeCloseTo(5 * 0.6 + 4 * 0.2 + 3 * 0.1 + 2 * 0.05 + 0.05, 9);
    expect(all?.probability).toBeCloseTo(1, 9);
    told([
      ["5", 0.9],
      ["The", 0.01],
    ]);
    const [some] = await judge.grading(ask)(["a"], {});
    expect(some?.grade).toBeCloseTo((5 * 0.9 + (1 + 2 + 3 + 4) * 0.01) / 0.94, 9);
    expect(server.asked.at(-1)?.body).toMatchObject({ logprobs: true, top_logprobs: 20, max_completion_tokens: 1, temperature: 0 });
    server.misbehave((_, reply) => {
      const choice = { index: 0, message: { role: "assistant", content: "5" }, logprobs: null, finish_reason: "length" };
      reply.writeHead(200).end(JSON.stringify({ choices: [choice] }));
      return true;
    });
    await expect(judge.grading(ask)(["a"], {})).rejects.toThrow(/logprobs is no object/);
  });

  it("is asked where the user names the server, and nowhere else, and stands in the result", async () => {
    const server = await fakeServer(chatDialect(fixture.nano));
    fixture.open.push(server);
    const policy = { ...STRICT, server: { url: server.url, apiKey: null, kind: null, timeoutS: 60, patienceS: 0 } };
    const result = await explain(await requestOf(specOf("server:chatty"), process.cwd(), { policy }));
    expect(result.encoder).toMatchObject({ repo: "server:chatty", server: { kind: "openai", origin: server.url } });
    expect(result.payoff.full).toBeGreaterThanOrEqual(1);
    expect(result.payoff.full).toBeLessThanOrEqual(5);
    await expect(explain(await requestOf(specOf("server:chatty"), process.cwd()))).rejects.toThrow(/which only you can name/);
  });
});
