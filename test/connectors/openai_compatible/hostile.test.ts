import type { ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { loadServed } from "../../../src/connectors/openai_compatible/load.js";
import { MllmShapError } from "../../../src/errors.js";
import type { ServerAccess } from "../../../src/repos/resources.js";
import { llamaDialect, sglangDialect, vllmDialect } from "../../support/dialects.js";
import { type Asked, type Dialect, fakeServer, type Misbehaviour, send } from "../../support/fake_server.js";
import { servedModels } from "../../support/served_models.js";

/*
 * Servers that answer something else than they were asked, each on the call that scores: every one is refused in one line.
 */

const fixture = servedModels();
const { open, models } = fixture;

async function loaded(dialect: Dialect, name: string, access: Partial<ServerAccess> = {}) {
  const server = await fakeServer(dialect);
  open.push(server);
  const model = await loadServed({
    config: { repoId: name },
    tokenizer: "embedded:nano",
    server: { url: server.url, apiKey: "s3cret", kind: null, timeoutS: 60, patienceS: 0, ...access },
  });
  models.push(model);
  return { server, model };
}

/** Scores two chats at a server that misbehaves from then on; @returns the error. */
async function scoreOf({ server, model }: Awaited<ReturnType<typeof loaded>>, how: Misbehaviour, signal?: AbortSignal): Promise<Error> {
  const chats = await Promise.all(
    ["fan", "lamp"].map((thing) => model.buildChat([{ role: "user", content: [{ kind: "text", text: `turn on the ${thing}` }] }])),
  );
  server.misbehave(how);
  const error: unknown = await model.score(chats, model.encodeResponse("turning on the lamp"), { signal }).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(Error);
  return error as Error;
}

/** Changes the dialect's answer. */
function changed(change: (body: never) => unknown): Misbehaviour {
  return (_asked: Asked, response: ServerResponse, reply) => {
    const body: unknown = change(structuredClone(reply?.body) as never);
    send(response, { status: 200, body: body as object });
    return true;
  };
}

// biome-ignore lint/suspicious/noExplicitAny: answers are bent out of shape here.
type Loose = any;

const edit = (change: (body: Loose) => void): Misbehaviour =>
  changed((body: Loose) => {
    change(body);
    return body;
  });

describe("a server that answers what it was not asked", () => {
  const vllm: readonly (readonly [what: string, how: Misbehaviour, says: RegExp])[] = [
    ["fewer answers than prompts", edit((body) => body.choices.pop()), /1 choices for 2 prompts/],
    ["an answer twice", edit((body) => body.choices.fill(body.choices[0])), /whose indices are not 0 to 1/],
    ["answers without an index", edit((body) => delete body.choices[0].index), /choices without an index/],
    ["ids of another text", edit((body) => body.choices[1].logprobs.tokens.splice(-1, 1, "token_id:7")), /of the answer is 7, not \d+/],
    ["token texts instead of ids", edit((body) => body.choices[0].logprobs.tokens.splice(-1, 1, " lamp")), /of the answer is NaN/],
    ["a list too short", edit((body) => body.choices[0].logprobs.token_logprobs.pop()), /\d+ log-probabilities of \d+ tokens/],
    ["a probability above 1", edit((body) => body.choices[0].logprobs.token_logprobs.splice(-1, 1, 0.5)), /is no log-probability/],
    ["null for a probability", edit((body) => body.choices[0].logprobs.token_logprobs.splice(-1, 1, null)), /is no log-probability/],
    ["a text for a probability", edit((body) => body.choices[0].logprobs.token_logprobs.splice(-1, 1, "-1")), /is no log-probability/],
    ["no log-probabilities, with status 200", edit((body) => delete body.choices[0].logprobs), /logprobs is no object/],
    ["a list for an object", changed(() => []), /the answer is no object/],
    ["nothing", changed(() => null), /the answer is no object/],
    ["NaN, which is no JSON", changed(() => '{"choices": [{"index": 0, "logprobs": NaN}]}'), /what is no JSON/],
    ["a page", changed(() => "<html>hello</html>"), /what is no JSON: "<html>hello<\/html>"/],
  ];

  it.each(vllm)("%s", async (_, how, says) => {
    const error = await scoreOf(await loaded(vllmDialect(fixture.nano), "smol"), how);
    expect(error.message).toMatch(says);
    expect(error).toMatchObject({ exitCode: 1 });
    expect(error.message).not.toMatch(/\n|s3cret/);
  });

  it("SGLang: other ids", async () => {
    const how = edit((body) => body[0].meta_info.input_token_logprobs.splice(-1, 1, [-1, 7, null]));
    expect((await scoreOf(await loaded(sglangDialect(fixture.nano), "smol"), how)).message).toMatch(/of the answer is 7, not \d+/);
  });

  it("SGLang: the null of the first entry", async () => {
    const how = edit((body) => body[0].meta_info.input_token_logprobs.splice(-1, 1, [null, 7, null]));
    expect((await scoreOf(await loaded(sglangDialect(fixture.nano), "smol"), how)).message).toMatch(
      /of the answer is 7|no log-probability/,
    );
  });

  it("llama.cpp: a grammar that was passed over", async () => {
    const how = edit((body) => body[0].completion_probabilities.splice(0, 1, { id: 7, logprob: -1 }));
    expect((await scoreOf(await loaded(llamaDialect(fixture.nano), "smol.gguf"), how)).message).toMatch(
      /token 0 of the answer is 7, not \d+/,
    );
  });

  it("llama.cpp: more tokens than the grammar lets through", async () => {
    const how = edit((body) => body[1].tokens.push(7));
    expect((await scoreOf(await loaded(llamaDialect(fixture.nano), "smol.gguf"), how)).message).toMatch(
      /numbers for an answer of \d+ tokens/,
    );
  });

  it("llama.cpp's logarithm of nothing is −∞", async () => {
    const { server, model } = await loaded(llamaDialect(fixture.nano), "smol.gguf");
    const chat = await model.buildChat([{ role: "user", content: [{ kind: "text", text: "hello" }] }]);
    server.misbehave(edit((body) => Object.assign(body.completion_probabilities[0], { logprob: -3.4028234663852886e38 })));
    const [scores] = await model.score([chat], model.encodeResponse("turning on the lamp"));
    expect(scores?.[0]).toBe(Number.NEGATIVE_INFINITY);
  });

  it("an answer longer than was asked for, or of tokens that there are none", async () => {
    const { server, model } = await loaded(vllmDialect(fixture.nano), "smol");
    const chat = await model.buildChat([{ role: "user", content: [{ kind: "text", text: "hello" }] }]);
    server.misbehave(edit((body) => Object.assign(body.choices[0], { token_ids: [1, 2, 3, 4, 5] })));
    await expect(model.generate(chat, { maxNewTokens: 4 })).rejects.toThrow(/5 tokens where at most 4 were asked for/);
    server.misbehave(edit((body) => Object.assign(body.choices[0], { token_ids: [4_000_000] })));
    await expect(model.generate(chat, { maxNewTokens: 4 })).rejects.toThrow(/token 4000000, which model.tokenizer does not have/);
    server.misbehave(edit((body) => Object.assign(body.choices[0], { token_ids: [-1] })));
    await expect(model.generate(chat, { maxNewTokens: 4 })).rejects.toThrow(/token_ids are no token ids/);
  });
});

describe("a server that does not answer as servers do", () => {
  it("a redirect is not followed, and nobody else is told anything", async () => {
    const elsewhere = await fakeServer(async () => ({ status: 200, body: {} }));
    open.push(elsewhere);
    const error = await scoreOf(await loaded(vllmDialect(fixture.nano), "smol"), (_, response) => {
      response.writeHead(307, { location: `${elsewhere.url}/v1/completions` }).end();
      return true;
    });
    expect(error.message).toMatch(/answers with a redirect to "http:\/\/127\.0\.0\.1:\d+\/v1\/completions", and none is followed/);
    expect(elsewhere.asked).toEqual([]);
  });

  it("an endless body is left off", async () => {
    const error = await scoreOf(await loaded(vllmDialect(fixture.nano), "smol"), (_, response) => {
      const chunk = Buffer.alloc(4 * 2 ** 20, " ");
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
        if (!response.destroyed) response.once("drain", more);
      };
      more();
      return true;
    });
    expect(error.message).toMatch(/answers with more than 64 MiB, which is all that is read/);
  });

  it("a slow drip has an end", async () => {
    const error = await scoreOf(await loaded(vllmDialect(fixture.nano), "smol", { timeoutS: 1 }), (_, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write(" "), 50);
      response.on("close", () => clearInterval(drip));
      return true;
    });
    expect(error.message).toMatch(/gave no whole answer within 1 s \(--server-timeout\)$/);
    expect(error).toMatchObject({ exitCode: 75 });
  });

  it("silence has an end", async () => {
    const error = await scoreOf(await loaded(vllmDialect(fixture.nano), "smol", { timeoutS: 1 }), () => true);
    expect(error.message).toMatch(/gave no whole answer within 1 s/);
  });

  it("an interruption ends a question at once", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    setTimeout(() => controller.abort(reason), 100);
    expect(await scoreOf(await loaded(vllmDialect(fixture.nano), "smol"), () => true, controller.signal)).toBe(reason);
  });

  it.each([
    [401, /wants another key \(status 401\): set MLLM_SHAP_API_KEY/, 2],
    [403, /wants another key \(status 403\)/, 2],
    [400, /refuses \(status 400\): "so \\"it\\" goes"/, 1],
    [429, /cannot answer now \(status 429\): "so \\"it\\" goes"/, 75],
    [503, /cannot answer now \(status 503\)/, 75],
    [500, /cannot answer now \(status 500\)/, 1],
  ])("status %i is told in one line", async (status, says, exitCode) => {
    const error = await scoreOf(await loaded(vllmDialect(fixture.nano), "smol"), (_, response) => {
      send(response, { status, body: { error: { message: 'so "it" goes' } } });
      return true;
    });
    expect(error.message).toMatch(says);
    expect(error).toMatchObject({ exitCode });
    expect(error.message).not.toContain("s3cret");
  });

  it("what passes is waited for, as long as the server says", async () => {
    const { server, model } = await loaded(vllmDialect(fixture.nano), "smol", { patienceS: 20 });
    const chat = await model.buildChat([{ role: "user", content: [{ kind: "text", text: "hello" }] }]);
    let refusals = 3;
    server.misbehave((_, response) => {
      if (refusals-- <= 0) return false;
      if (refusals === 1) response.destroy();
      else send(response, { status: refusals === 0 ? 503 : 429, body: {}, headers: { "retry-after-ms": "5" } });
      return true;
    });
    const [scores] = await model.score([chat], model.encodeResponse("turning on the lamp"));
    expect(scores?.every((score) => score <= 0)).toBe(true);
  });
});

describe("what a server is sent", () => {
  it("is the key, to that server, on every call", async () => {
    const { server } = await loaded(vllmDialect(fixture.nano), "smol");
    expect(server.asked.length).toBeGreaterThan(3);
    expect(server.asked.every(({ headers }) => headers.authorization === "Bearer s3cret")).toBe(true);
  });

  it("is nothing where there is none, or it may not be asked", async () => {
    const options = { config: { repoId: "smol" }, tokenizer: "embedded:nano" };
    await expect(loadServed(options)).rejects.toThrow(/is behind a server, which only you can name: --server/);
    const server = { url: "https://models.example", apiKey: null, kind: null, timeoutS: 1, patienceS: 0 };
    await expect(loadServed({ ...options, server, offline: true })).rejects.toThrow(
      /--offline: https:\/\/models\.example is not on this machine/,
    );
    const looked = await loadServed({ ...options, contact: false });
    models.push(looked);
    await expect(
      looked.score([await looked.buildChat([{ role: "user", content: [{ kind: "text", text: "hi" }] }])], looked.encodeResponse("x")),
    ).rejects.toThrow(/its server is not asked/);
  });

  it("is a question of a kind that exists, about a model that it has", async () => {
    await expect(loaded(vllmDialect(fixture.nano), "other")).rejects.toThrow(/has no model "other": valid for model\.repo: smol$/);
    await expect(loaded(vllmDialect(fixture.nano), "smol", { kind: "vlllm" })).rejects.toThrow(
      /no kind of server "vlllm": valid are vllm, sglang, llamacpp/,
    );
    await expect(loaded(vllmDialect(fixture.nano), "smol", { kind: "llamacpp" })).rejects.toThrow(/is not what it seems, llama\.cpp/);
    await expect(loaded(async () => null, "smol")).rejects.toThrow(/has no \/v1\/models/);
    expect(await loaded(vllmDialect(fixture.nano), "nope").catch((error: unknown) => error)).toBeInstanceOf(MllmShapError);
  });
});
