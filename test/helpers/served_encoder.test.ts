import { afterEach, describe, expect, it } from "vitest";
import { loadServedEncoder } from "../../src/helpers/served_encoder.js";
import { requestOf, STRICT } from "../../src/spec/load.js";
import { explain } from "../../src/tasks/explain.js";
import { type Dialect, type FakeServer, fakeServer } from "../support/fake_server.js";
import { response } from "../support/fakes.js";

const open: FakeServer[] = [];

afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

/** As OpenAI documents `/v1/embeddings`: lengths and vowels of texts. */
const EMBEDDINGS: Dialect = async ({ path, body }) => {
  if (path === "/v1/models") return { status: 200, body: { data: [{ id: "embed", owned_by: "somebody" }] } };
  if (path !== "/v1/embeddings") return null;
  const data = (body.input as string[]).map((text, index) => ({ index, embedding: [text.length, text.split(/[aeiou]/).length - 1, 1] }));
  return { status: 200, body: { object: "list", data: data.toReversed(), model: body.model } };
};

async function started(dialect = EMBEDDINGS) {
  const server = await fakeServer(dialect);
  open.push(server);
  return { server, access: { url: server.url, apiKey: null, kind: null, timeoutS: 10, patienceS: 0 } };
}

describe("a sentence encoder behind a server", () => {
  it("gives one row a text, none for a blank one, in their order", async () => {
    const { server, access } = await started();
    const encoder = await loadServedEncoder({ config: { repoId: "embed" }, server: access });
    const rows = await encoder.embed([response({ text: "aeb" }), response({ text: " " }), response({ text: "x" })], {});
    expect(rows.map(({ rows: n, data }) => [n, ...data])).toEqual([[1, 3, 2, 1], [0], [1, 1, 0, 1]]);
    expect(encoder.identity).toMatchObject({ connector: "encoder", repo: "embed", server: { kind: "other", origin: server.url } });
    await encoder.dispose();
  });

  it("is refused where it gives too few, or what is no number", async () => {
    const { server, access } = await started();
    const encoder = await loadServedEncoder({ config: { repoId: "embed" }, server: access });
    for (const [embedding, says] of [
      [[1, null], /no number/],
      [[], /an embedding of 0 numbers/],
    ] as const) {
      server.misbehave((_, reply) => {
        reply.writeHead(200).end(JSON.stringify({ data: [{ index: 0, embedding }] }));
        return true;
      });
      await expect(encoder.embed([response({ text: "a" })], {})).rejects.toThrow(says);
      await expect(encoder.embed([response({ text: "a" }), response({ text: "b" })], {})).rejects.toThrow(/1 embeddings for 2 prompts/);
    }
    await encoder.dispose();
  });

  it("compares the answers of a model that runs here, and stands in the result", async () => {
    const { server, access } = await started();
    const spec = {
      model: { connector: "transformers-text" as const, repo: "embedded:nano" },
      messages: [{ role: "user" as const, content: "turn on the fan" }],
      explain: { players: "word" as const, payoff: { kind: "embedding" as const, source: "server:embed" } },
    };
    const result = await explain(await requestOf(spec, process.cwd(), { policy: { ...STRICT, server: access } }));
    expect(result.payoff.full).toBeCloseTo(1, 12);
    expect(result.encoder).toMatchObject({ repo: "server:embed", server: { kind: "other" } });
    expect(server.asked.length).toBeGreaterThan(1);
    await expect(explain(await requestOf(spec, process.cwd()))).rejects.toThrow(/"embed" is behind a server, which only you can name/);
  });
});
