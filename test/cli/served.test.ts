import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { readResults } from "../../src/results/read_result.js";
import type { Result } from "../../src/results/result_schema.js";
import { chatDialect, llamaDialect, vllmDialect } from "../support/dialects.js";
import { type Dialect, type FakeServer, fakeServer } from "../support/fake_server.js";
import { type ServedNano, servedNano } from "../support/served_nano.js";
import { finished, folderWith, type Ran, run, start, withoutProgress } from "./run.js";

const SPEC = `model: {connector: openai-compatible, repo: smol, tokenizer: "embedded:nano"}
messages:
  - {role: user, content: turn on the kitchen light}
explain: {players: word}
`;
const LOCAL = SPEC.replace(/^model: .*$/m, 'model: {connector: transformers-text, repo: "embedded:nano"}');

let nano: ServedNano;
const open: FakeServer[] = [];

beforeAll(async () => {
  nano = await servedNano();
});
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});
afterAll(() => nano.model.dispose());

async function started(dialect: Dialect = vllmDialect(nano), port = 0): Promise<FakeServer> {
  const server = await fakeServer(dialect, port);
  open.push(server);
  return server;
}

function resultOf({ stdout, stderr, code }: Ran): Result {
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return readResults(stdout, "stdout")[0] as Result;
}

/** What weights are: every log-probability less one. */
const otherWeights = (served: ServedNano): ServedNano => ({
  ...served,
  logProbabilities: async (ids) => (await served.logProbabilities(ids)).map((value) => value - 1),
});

describe("explain at a server", () => {
  test("gives what the same model gives here, and says whom it asks", async () => {
    const { url } = await started();
    const folder = folderWith({ "there.yaml": SPEC, "here.yaml": LOCAL });
    const ran = await run(["explain", "there.yaml", "--server", `${url}/v1`], { cwd: folder });
    expect(withoutProgress(ran.stderr)).toBe(`asks ${url} (vLLM 0.32.0), model smol\n`);
    const there = resultOf(ran);
    const here = resultOf(await run(["explain", "here.yaml"], { cwd: folder }));
    expect(there.response).toEqual(here.response);
    there.players.forEach(({ value }, i) => {
      expect(value).toBeCloseTo(here.players[i]?.value as number, 10);
    });
  });

  test("gives the same bytes whatever is asked together", async () => {
    const { url } = await started();
    const folder = folderWith({ "a.yaml": SPEC });
    const bytes = async (...flags: readonly string[]) => {
      const { stdout } = await run(["explain", "a.yaml", "--server", url, "--no-run", "-q", "--format", "csv", ...flags], { cwd: folder });
      return stdout;
    };
    const first = await bytes();
    expect(first).not.toBe("");
    expect(await bytes("--concurrency", "7", "--batch-size", "1")).toBe(first);
  });

  test("is one that the environment names, with a key that only it gets and nobody reads again", async () => {
    const { url, asked } = await started();
    const folder = folderWith({ "a.yaml": SPEC });
    const env = { MLLM_SHAP_SERVER: url, MLLM_SHAP_API_KEY: "s3cret", OPENAI_API_KEY: "0penai" };
    const ran = await run(["explain", "a.yaml", "-v", "--debug", "-o", "r.json", "-o", "r.html"], { cwd: folder, env });
    expect(ran.code).toBe(0);
    expect(asked.every(({ headers }) => headers.authorization === "Bearer s3cret")).toBe(true);
    const written = ["r.json", "r.html"].map((name) => readFileSync(join(folder, name), "utf8")).join("") + ran.stdout + ran.stderr;
    expect(written).not.toMatch(/s3cret|0penai/);
    expect(written).toContain(url);
  });

  test("sends OPENAI_API_KEY where OPENAI_BASE_URL says, and to no server that a flag names", async () => {
    const { url, asked } = await started();
    const folder = folderWith({ "a.yaml": SPEC });
    const env = { OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: "0penai" };
    await run(["explain", "a.yaml", "-q"], { cwd: folder, env });
    expect(asked.map(({ headers }) => headers.authorization)).toContain("Bearer 0penai");
    const other = await started();
    await run(["explain", "a.yaml", "-q", "--server", other.url], { cwd: folder, env });
    expect(other.asked.length).toBeGreaterThan(0);
    expect(other.asked.some(({ headers }) => headers.authorization !== undefined)).toBe(false);
  });

  test("leaves the server's address out of a redacted result", async () => {
    const { url } = await started();
    const { stdout } = await run(["explain", "-", "--server", url, "--redact", "-q", "--format", "json"], { input: SPEC });
    expect(stdout).toContain('"kind": "vllm"');
    expect(stdout).not.toContain(url);
  });
});

describe("a stranger's spec", () => {
  test.each(["base_url: http://evil.example", "server: http://evil.example", "api_key: s3cret", "headers: {a: b}"])(
    "cannot say %s",
    async (key) => {
      const input = SPEC.replace("repo: smol", `repo: smol, ${key}`);
      const { code, stderr } = await run(["explain", "-"], { input });
      expect(code).toBe(2);
      expect(stderr).toMatch(/unknown key|is not a key/i);
    },
  );

  test("asks no server that nobody named", async () => {
    const { code, stderr } = await run(["explain", "-"], { input: SPEC });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        'mllm-shap: the model "smol" is behind a server, which only you can name: --server http://localhost:8000, or the variable MLLM_SHAP_SERVER\n',
    });
  });

  test("whose model runs here is not explained in silence where a server is named", async () => {
    const { code, stderr } = await run(["explain", "-", "--server", "http://localhost:1"], { input: LOCAL });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^mllm-shap: --server: nothing of this spec is asked at a server/);
  });
});

describe("inspect", () => {
  test("sends nothing unbidden, and estimates what would be sent", async () => {
    const { url, asked } = await started();
    const folder = folderWith({ "a.yaml": SPEC });
    const ran = await run(["inspect", "a.yaml", "--server", url, "--json", "--token-price", "2,4"], { cwd: folder });
    expect(asked).toEqual([]);
    const { cost, answer, players } = JSON.parse(ran.stdout) as {
      cost: { distinct_inputs: number; served: Record<string, number> };
      answer: null;
      players: [];
    };
    expect([answer, players.length, cost.distinct_inputs]).toEqual([null, 5, 32]);
    const { prompt_tokens: sent = 0, answer_tokens: got = 0, price } = cost.served;
    expect(price).toBeCloseTo((sent * 2 + got * 4) / 1e6, 12);
  });

  test("asks when it is told to", async () => {
    const { url, asked } = await started();
    const { stdout } = await run(["inspect", "-", "--server", url, "--json", "--cost"], { input: SPEC });
    expect((JSON.parse(stdout) as { answer: string }).answer).not.toBe("");
    expect(asked.length).toBeGreaterThan(4);
  });

  test("needs no server to show a chat", async () => {
    const { code, stdout } = await run(["inspect", "-", "--json"], { input: SPEC });
    expect([code, (JSON.parse(stdout) as { tokens: [] }).tokens.length > 5]).toEqual([0, true]);
  });
});

describe("a server that is gone in mid-run", () => {
  const LONG = SPEC.replace("turn on the kitchen light", "could you please turn on the small lamp").replace(
    "players: word",
    "players: word, sampler: exact, budget: 512",
  );
  const scored = (server: FakeServer): number =>
    server.asked.reduce((sum, { path, body }) => sum + (path === "/v1/completions" && body.echo === true ? body.prompt.length : 0), 0);

  test("is waited for, then the run ends with 75; what was answered is kept, and the same command goes on", async () => {
    const first = await started();
    const port = Number(new URL(first.url).port);
    const cache = folderWith({});
    const folder = folderWith({ "a.yaml": LONG });
    const command = [
      "explain",
      "a.yaml",
      "--server",
      first.url,
      "--batch-size",
      "16",
      "--concurrency",
      "1",
      "--server-patience",
      "1",
      "--no-run",
    ];
    let served = 0;
    first.misbehave((asked, response) => {
      if (asked.body?.echo !== true || asked.body.prompt.length < 3 || ++served <= 3) return false;
      response.destroy();
      void first.close();
      return true;
    });
    const gone = await run(command, { cwd: folder, env: { MLLM_SHAP_CACHE: cache } });
    const [why, kept] = withoutProgress(gone.stderr).trim().split("\n").slice(-2);
    expect(gone.code).toBe(75);
    expect(why).toMatch(
      /^mllm-shap: http:\/\/127\.0\.0\.1:\d+\/v1\/completions: (nobody listens there|the connection broke \(\w+\)), for 1 s \(--server-patience\)$/,
    );
    expect(kept).toMatch(/^mllm-shap: (\d+) of 256 answers are kept; the same command goes on from there$/);
    const known = Number(/(\d+) of 256/.exec(kept as string)?.[1]);
    expect(known).toBeGreaterThan(40);

    const second = await started(vllmDialect(nano), port);
    const resumed = resultOf(await run(command, { cwd: folder, env: { MLLM_SHAP_CACHE: cache } }));
    // Besides the probe's three.
    expect(scored(second)).toBe(256 - known + 3);
    const whole = resultOf(await run(command, { cwd: folder }));
    expect(resumed).toEqual(whole);
  });

  test("several specs that only servers were in the way of end with 75, too", async () => {
    const { url, close } = await started();
    await close();
    const folder = folderWith({ "a.yaml": SPEC, "b.yaml": SPEC });
    const { code, stderr } = await run(["explain", "a.yaml", "b.yaml", "--server", url, "--server-patience", "0"], { cwd: folder });
    expect(code).toBe(75);
    expect(stderr).toMatch(/mllm-shap: a\.yaml: .*nobody listens there, for 0 s/);
  });
});

describe("weights behind a server", () => {
  test("that are others under the same name are noticed: answers are asked anew, and evaluate refuses", async () => {
    const cache = folderWith({});
    const folder = folderWith({ "a.yaml": SPEC });
    const env = { MLLM_SHAP_CACHE: cache };
    const first = await started();
    const command = (url: string) => ["explain", "a.yaml", "--server", url, "--format", "json"];
    const before = await run(command(first.url), { cwd: folder, env });
    // The same weights elsewhere: nothing is asked again.
    const same = resultOf(await run(command((await started()).url), { cwd: folder, env }));
    expect(same.run?.model_calls).toBe(0);
    const swapped = await started(vllmDialect(otherWeights(nano)));
    const other = resultOf(await run(command(swapped.url), { cwd: folder, env }));
    expect(other.run?.model_calls).toBeGreaterThan(0);

    const results = folderWith({ "r.json": before.stdout, "s.json": JSON.stringify(same), "o.json": JSON.stringify(other) });
    const evaluated = await run(["evaluate", "r.json", "--server", first.url, "--rankings", "5"], { cwd: results });
    expect(evaluated).toMatchObject({ code: 0 });
    const refused = await run(["evaluate", "r.json", "--server", swapped.url], { cwd: results });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/the model is not the one that was explained: http:\S+ has other weights under the name smol/);

    const differ = async (b: string) =>
      (JSON.parse((await run(["compare", "r.json", b, "--format", "json"], { cwd: results })).stdout) as { differ_in: string[] }).differ_in;
    expect(await differ("s.json")).toEqual([]);
    expect(await differ("o.json")).toEqual(["model"]);
  });
});

describe("models check", () => {
  test.each([
    ["by token ids", vllmDialect, "smol", ["--tokenizer", "embedded:nano"], "passed"],
    ["by messages", vllmDialect, "smol", [], "passed"],
    ["of llama.cpp", llamaDialect, "smol.gguf", ["--tokenizer", "embedded:nano"], "passed"],
    ["of a server that scores nothing", chatDialect, "chatty", [], "skipped"],
  ] as const)("asks a server %s", async (_, dialect, model, flags, likelihood) => {
    const { url } = await started(dialect(nano));
    const { code, stdout } = await run(["models", "check", model, "--server", url, "--json", ...flags]);
    const rows = JSON.parse(stdout) as { check: string; status: string }[];
    expect(code).toBe(0);
    expect(rows.map(({ check, status }) => [check, status])).toEqual([
      ["server", "passed"],
      ["likelihood of a given answer", likelihood],
      ["answer", "passed"],
    ]);
  });
});

describe("a run at a server", () => {
  test("ends at once when it is interrupted, however silent the server is", async () => {
    const server = await started();
    const folder = folderWith({ "a.yaml": SPEC });
    server.misbehave(({ body }) => body?.echo === true && body.prompt.length > 2);
    const child = start(["explain", "a.yaml", "--server", server.url], { cwd: folder });
    const end = finished(child);
    await new Promise<void>((resolve) => child.stderr?.once("data", () => resolve()));
    // The probe is answered; the game's own question is not.
    while (server.asked.filter(({ body }) => body?.echo === true).length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
    const since = performance.now();
    child.kill("SIGINT");
    expect((await end).code).toBe(130);
    expect(performance.now() - since).toBeLessThan(5_000);
  });

  test("asks so many questions at a time that it is told to, and says nothing of it", async () => {
    const { url } = await started();
    const ran = await run(["explain", "-", "--server", url, "--concurrency", "40", "--batch-size", "1", "-q"], { input: SPEC });
    expect(ran).toMatchObject({ code: 0, stderr: "" });
  });

  test("goes through a proxy that the environment names, but not to this machine", async () => {
    const met: (string | undefined)[] = [];
    const proxy = createServer((request, response) => {
      met.push(request.url);
      response.writeHead(404).end("{}");
    }).on("connect", (request, socket) => {
      met.push(request.url);
      socket.end("HTTP/1.1 404 Not Found\r\n\r\n");
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const env = { http_proxy: address, https_proxy: address };
    const { url } = await started();
    expect(await run(["explain", "-", "--server", url, "-q"], { input: SPEC, env })).toMatchObject({ code: 0, stderr: "" });
    expect(met).toEqual([]);
    const away = await run(["explain", "-", "--server", "http://models.example", "--server-patience", "0"], { input: SPEC, env });
    expect(away.code).not.toBe(0);
    expect(met[0]).toMatch(/^(http:\/\/)?models\.example/);
    proxy.close();
  });
});

describe("servers that have names", () => {
  test("are found in the person's own file, with the key of the variable that it names", async () => {
    const { url, asked } = await started();
    const folder = folderWith({ "a.yaml": SPEC, "servers.json": JSON.stringify({ lab: { url, key_variable: "LAB_KEY", kind: "vllm" } }) });
    const env = { MLLM_SHAP_SERVERS_FILE: join(folder, "servers.json"), LAB_KEY: "l4b", MLLM_SHAP_API_KEY: "0ther" };
    expect(await run(["explain", "a.yaml", "--server", "lab", "-q"], { cwd: folder, env })).toMatchObject({ code: 0, stderr: "" });
    expect(new Set(asked.map(({ headers }) => headers.authorization))).toEqual(new Set(["Bearer l4b"]));
    const unknown = await run(["explain", "a.yaml", "--server", "nope"], { cwd: folder, env });
    expect(unknown).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--server: \S+servers\.json has no server "nope": valid are lab\n$/) as string,
    });
  });

  test("are not taken from a file that others may write, nor from one that says something else", async () => {
    const folder = folderWith({ "a.yaml": SPEC, "servers.json": '{"lab": {"url": "http://localhost:1", "key": "s3cret"}}' });
    const env = { MLLM_SHAP_SERVERS_FILE: join(folder, "servers.json") };
    const wrong = await run(["explain", "a.yaml", "--server", "lab"], { cwd: folder, env });
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringMatching(/servers\.json: must be .*lab: Unrecognized key/) as string });
    expect(wrong.stderr).not.toContain("s3cret");
    chmodSync(join(folder, "servers.json"), 0o666);
    const open = await run(["explain", "a.yaml", "--server", "lab"], { cwd: folder, env });
    expect(open).toMatchObject({ code: 2, stderr: expect.stringMatching(/it must be yours, and nobody else's to write\n$/) as string });
    const none = await run(["explain", "a.yaml", "--server", "lab"], {
      cwd: folder,
      env: { MLLM_SHAP_SERVERS_FILE: join(folder, "no.json") },
    });
    expect(none.stderr).toMatch(/"lab" is no address such as http:\/\/localhost:8000, and there is no \S+no\.json that names servers/);
  });

  test("may stand in the settings file, before those of servers.json; doctor shows both", async () => {
    const { url } = await started();
    const settings = folderWith({});
    const config = join(settings, "mllm-shap");
    mkdirSync(config);
    const write = (name: string, text: string) => writeFileSync(join(config, name), text, { mode: 0o600 });
    write("config.yaml", `servers:\n  lab: {url: "${url}", kind: vllm}\n`);
    write("servers.json", JSON.stringify({ lab: { url: "http://localhost:1" }, other: { url: "http://localhost:2" } }));
    const cwd = folderWith({ "a.yaml": SPEC });
    const env = { XDG_CONFIG_HOME: settings };
    expect(await run(["explain", "a.yaml", "--server", "lab", "-q"], { cwd, env })).toMatchObject({ code: 0, stderr: "" });
    const unknown = await run(["explain", "a.yaml", "--server", "nope"], { cwd, env });
    expect(unknown.stderr).toMatch(/config\.yaml or \S+servers\.json has no server "nope": valid are lab, other\n$/);
    const rows = JSON.parse((await run(["doctor", "--json"], { env })).stdout) as readonly {
      check: string;
      found: string;
      detail: string;
    }[];
    expect(rows.find(({ check }) => check === "settings")).toMatchObject({
      found: join(config, "config.yaml"),
      detail: expect.stringContaining("servers: lab;") as string,
    });
    expect(rows.find(({ check }) => check === "servers")).toMatchObject({
      found: join(config, "servers.json"),
      detail: "servers: lab, other",
    });
    chmodSync(join(config, "config.yaml"), 0o622);
    const open = await run(["explain", "a.yaml", "--server", "lab"], { cwd, env });
    expect(open).toMatchObject({ code: 2, stderr: expect.stringMatching(/config\.yaml is not used: it must be yours/) as string });
    write("config.yaml", "servers:\n  lab: {url: x, key: s3cret}\n");
    expect((await run(["explain", "a.yaml"], { cwd, env })).stderr).toMatch(
      /config\.yaml:2:17: unknown key "key": valid are url, key_variable, kind, token_price\n$/,
    );
  });
});

describe("what may be spent", () => {
  const PRICED = ["--token-price", "1000,2000"];
  const priceIn = (stderr: string): number => Number(/about ([\d.]+) by the prices given/.exec(stderr)?.[1]);

  test("is held before anything is sent: exit code 2, the estimate, and how to go on", async () => {
    const { url, asked } = await started();
    const folder = folderWith({ "a.yaml": SPEC });
    const { code, stdout, stderr } = await run(["explain", "a.yaml", "--server", url, ...PRICED, "--max-cost", "0.5"], { cwd: folder });
    expect({ code, stdout, asked }).toEqual({ code: 2, stdout: "", asked: [] });
    expect(stderr).toMatch(
      /^mllm-shap: this would cost about [\d.]+ by the prices given \([\d,]+ tokens sent, at most \d+ of answers; .*\), more than --max-cost allows, 0\.50: raise it, or say --yes\n$/,
    );
    const seen = await run(["inspect", "a.yaml", "--server", url, "--json", ...PRICED], { cwd: folder });
    const { cost } = JSON.parse(seen.stdout) as { cost: { served: { price: number } } };
    expect(priceIn(stderr)).toBeCloseTo(cost.served.price, 2);
  });

  test.each([
    ["a limit above the estimate", ["--max-cost", "1000000"]],
    ["--yes", ["--max-cost", "0.5", "--yes"]],
  ])("is what it is estimated to be with %s, and the run goes on", async (_, flags) => {
    const { url, asked } = await started();
    const { code, stderr } = await run(["explain", "-", "--server", url, ...PRICED, ...flags], { input: SPEC });
    expect(code, stderr).toBe(0);
    expect(priceIn(stderr)).toBeGreaterThan(0.5);
    expect(asked.length).toBeGreaterThan(0);
  });

  test("is settled by the environment or the settings file, the flag first", async () => {
    const { url } = await started();
    const config = folderWith({});
    mkdirSync(join(config, "mllm-shap"));
    const file = join(config, "mllm-shap/config.yaml");
    writeFileSync(file, `servers: {paid: {url: "${url}", token_price: [1000, 2000]}}\nmax_cost: 0.5\n`);
    chmodSync(file, 0o600);
    const env = { XDG_CONFIG_HOME: config };
    const settled = await run(["explain", "-", "--server", "paid"], { input: SPEC, env });
    expect(settled).toMatchObject({ code: 2, stderr: expect.stringContaining("more than max_cost of your settings allows") as unknown });
    const over = await run(["explain", "-", "--server", "paid"], { input: SPEC, env: { ...env, MLLM_SHAP_MAX_COST: "1e6" } });
    expect(over.code, over.stderr).toBe(0);
    const named = await run(["explain", "-", "--server", url], {
      input: SPEC,
      env: { MLLM_SHAP_TOKEN_PRICE: "1000,2000", MLLM_SHAP_MAX_COST: "0.5" },
    });
    expect(named).toMatchObject({ code: 2, stderr: expect.stringContaining("more than MLLM_SHAP_MAX_COST allows") as unknown });
  });

  test("is asked of several specs together, and of what a batch has left", async () => {
    const { url, asked } = await started();
    const folder = folderWith({ "a.yaml": SPEC, "b.yaml": SPEC.replace("light", "lamp") });
    const limit = ["--server", url, ...PRICED, "--max-cost"];
    const one = priceIn((await run(["explain", "a.yaml", ...limit, "0"], { cwd: folder })).stderr);
    const both = await run(["explain", "a.yaml", "b.yaml", ...limit, String(1.5 * one)], { cwd: folder });
    expect(both.code).toBe(2);
    expect(priceIn(both.stderr)).toBeGreaterThan(1.8 * one);
    const held = await run(["batch", "a.yaml", "b.yaml", "-o", "out", ...limit, String(1.5 * one)], { cwd: folder });
    expect(held).toMatchObject({ code: 2, stderr: expect.stringContaining("more than --max-cost allows") as unknown });
    expect(asked).toEqual([]);
    expect((await run(["batch", "a.yaml", "-o", "out", ...limit, String(1.5 * one)], { cwd: folder })).code).toBe(0);
    // One of two is done, so that the other is within the limit.
    expect((await run(["batch", "a.yaml", "b.yaml", "-o", "out", ...limit, String(1.5 * one)], { cwd: folder })).code).toBe(0);
  });

  test("needs a price for a server of somebody else's, none for one on this machine or a model that runs here", async () => {
    const far = await run(["explain", "-", "--server", "http://192.0.2.1:9", "--max-cost", "1"], { input: SPEC });
    expect(far).toMatchObject({ code: 2, stderr: expect.stringContaining("--max-cost: no price is known of this server") as unknown });
    const { url } = await started();
    expect((await run(["explain", "-", "--server", url, "--max-cost", "0"], { input: SPEC })).code).toBe(0);
    expect((await run(["explain", "-", "--max-cost", "0"], { input: LOCAL })).code).toBe(0);
  });

  test.each([
    [["--max-cost", "much"], /--max-cost much: must be an amount from 0/],
    [["--max-cost", "1", "--token-price", "-1"], /--token-price -1: must be one price or two/],
  ])("%j is refused", async (flags, words) => {
    const { code, stderr } = await run(["explain", "-", "--server", "http://localhost:1", ...flags], { input: SPEC });
    expect(code).toBe(2);
    expect(stderr).toMatch(words);
  });
});
