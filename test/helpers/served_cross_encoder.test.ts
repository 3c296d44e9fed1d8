import { afterEach, describe, expect, it } from "vitest";
import type { RunEvent } from "../../src/events.js";
import { type CrossEncoder, loadCrossEncoder } from "../../src/helpers/cross_encoder.js";
import { loadServedCrossEncoder } from "../../src/helpers/served_cross_encoder.js";
import { requestOf, STRICT } from "../../src/spec/load.js";
import { explain } from "../../src/tasks/explain.js";
import { writeCrossEncoder } from "../support/encoder_files.js";
import { type Dialect, type FakeServer, fakeServer } from "../support/fake_server.js";

const LABELS = ["contradiction", "entailment", "neutral"];
const ROOM = 6;
const MOST = 2;
const open: FakeServer[] = [];
const loaded: CrossEncoder[] = [];

afterEach(async () => {
  for (const encoder of loaded.splice(0)) await encoder.dispose();
  for (const server of open.splice(0)) await server.close();
});

async function here(): Promise<CrossEncoder> {
  const encoder = await loadCrossEncoder({ config: { repoId: writeCrossEncoder() }, device: "cpu", threads: 1 });
  loaded.push(encoder);
  return encoder;
}

/** text-embeddings-inference 1.8, by shapes read in its source: the model that runs here is behind it, of which it is asked the label of entailment alone. */
function tei(encoder: CrossEncoder, { id2label = LABELS as readonly string[], room = ROOM } = {}): Dialect {
  const refused = (status: number, error: string, error_type = "validation") => ({ status, body: { error, error_type } });
  return async ({ path, method, body }) => {
    if (path === "/info" && method === "GET") {
      const labels = { id2label: { ...id2label }, label2id: Object.fromEntries(id2label.map((label, i) => [label, i])) };
      const facts = { model_id: "some/nli", model_sha: "ab12", model_dtype: "float32", version: "1.8.2", max_client_batch_size: MOST };
      return { status: 200, body: { ...facts, model_type: { classifier: labels }, auto_truncate: true } };
    }
    if (path !== "/predict") return null;
    const unknown = Object.keys(body).find((key) => !["inputs", "truncate", "raw_scores", "truncation_direction"].includes(key));
    if (unknown !== undefined) return refused(422, `unknown ${unknown}`);
    const pairs = body.inputs as [string, string][];
    if (!pairs.every((pair) => Array.isArray(pair) && pair.length === 2)) return refused(422, "a batch of pairs");
    if (pairs.length > MOST) return refused(413, `batch size ${pairs.length} > maximum allowed batch size ${MOST}`);
    const words = (pair: [string, string]): string[][] => pair.map((text) => text.split(" "));
    if (body.truncate !== true && pairs.some((pair) => words(pair).flat().length + 3 > room))
      return refused(413, `\`inputs\` must have less than ${room} tokens`);
    const found = await encoder.entail(pairs, {});
    const rows = Array.from(found, (entailment) =>
      [
        { score: entailment, label: "entailment" },
        { score: (1 - entailment) * 0.75, label: "neutral" },
        { score: (1 - entailment) * 0.25, label: "contradiction" },
      ].toSorted((a, b) => b.score - a.score),
    );
    return { status: 200, body: rows };
  };
}

async function started(dialect: Dialect) {
  const server = await fakeServer(dialect);
  open.push(server);
  return { server, access: { url: server.url, apiKey: null, kind: null, timeoutS: 10, patienceS: 0 } };
}

describe("a cross-encoder behind a server", () => {
  it("gives the probabilities of the model here, 0 where a text is blank, in as many requests as the server wants", async () => {
    const encoder = await here();
    const { server, access } = await started(tei(encoder));
    const served = await loadServedCrossEncoder({ config: { repoId: "some/nli" }, server: access });
    loaded.push(served);
    const pairs = [
      ["light on", "fan"],
      ["fan", "light on"],
      ["on", " "],
      ["off off", "on"],
    ] as const;
    expect([...(await served.entail(pairs, {}))]).toEqual([...(await encoder.entail(pairs, {}))]);
    expect(server.asked.filter(({ path }) => path === "/predict").map(({ body }) => body.inputs.length)).toEqual([2, 1]);
    expect(served.identity).toMatchObject({
      ...{ connector: "cross-encoder", repo: "some/nli", resolvedRevision: "ab12", dtype: "float32" },
      server: { kind: "tei", version: "1.8.2", origin: server.url },
    });
  });

  it("has pairs cut by the server where they are too long, and says so once", async () => {
    const events: RunEvent[] = [];
    const { server, access } = await started(tei(await here()));
    const served = await loadServedCrossEncoder({ config: { repoId: "some/nli" }, server: access, onEvent: (event) => events.push(event) });
    loaded.push(served);
    for (let i = 0; i < 2; i++) expect((await served.entail([["light on off", "fan"]], {}))[0]).toBeGreaterThan(0);
    expect(server.asked.filter(({ path }) => path === "/predict").map(({ body }) => body.truncate)).toEqual([false, true, false, true]);
    expect(events.filter(({ kind }) => kind === "warning")).toMatchObject([
      { message: expect.stringMatching(/the server cuts them .*6 tokens/) },
    ]);
  });

  it("is refused where it is another model, no cross-encoder, or no such server", async () => {
    const encoder = await here();
    for (const [dialect, repoId, says] of [
      [tei(encoder), "other/nli", /has no model "other\/nli": valid is some\/nli/],
      [tei(encoder, { id2label: ["good", "bad"] }), "some/nli", /id2label names "good", "bad"; one must be "entailment"/],
      [async () => null, "some/nli", /is no text-embeddings-inference, which alone classifies pairs of texts: it has no \/info/],
    ] as const) {
      const { access } = await started(dialect);
      await expect(loadServedCrossEncoder({ config: { repoId }, server: access })).rejects.toThrow(says);
    }
  });

  it.each([
    ["too few rows", [], /0 predictions for 1 pairs/],
    ["other labels", [[{ score: 1, label: "good" }]], /the score of contradiction is no number/],
    ["logits", [LABELS.map((label, i) => ({ label, score: i - 1 }))], /are no probabilities of the model's labels/],
    ["NaN", [LABELS.map((label) => ({ label, score: null }))], /the score of contradiction is no number/],
    ["a label more", [[...LABELS, "more"].map((label) => ({ label, score: 1 / 3 }))], /are no probabilities of the model's labels/],
  ])("is not believed: %s", async (_, rows, says) => {
    const { server, access } = await started(tei(await here()));
    const served = await loadServedCrossEncoder({ config: { repoId: "some/nli" }, server: access });
    loaded.push(served);
    server.misbehave((_asked, reply) => {
      reply.writeHead(200).end(JSON.stringify(rows));
      return true;
    });
    await expect(served.entail([["on", "off"]], {})).rejects.toThrow(says);
  });

  it("makes a payoff of the answers of a model that runs here, and stands in the result", async () => {
    const { server, access } = await started(tei(await here(), { room: 100 }));
    const spec = {
      model: { connector: "transformers-text" as const, repo: "embedded:nano" },
      messages: [{ role: "user" as const, content: "turn on the fan" }],
      explain: { players: "word" as const, payoff: { kind: "nli" as const, source: "server:some/nli" } },
    };
    const result = await explain(await requestOf(spec, process.cwd(), { policy: { ...STRICT, server: access } }));
    expect(result.encoder).toMatchObject({ repo: "server:some/nli", server: { kind: "tei" } });
    const total = result.players.reduce((sum, { value }) => sum + value, 0);
    expect(total).toBeCloseTo(result.payoff.full - result.payoff.empty, 12);
    expect(server.asked.some(({ path }) => path === "/predict")).toBe(true);
    await expect(explain(await requestOf(spec, process.cwd()))).rejects.toThrow(/"some\/nli" is behind a server, which only you can name/);
  });
});
