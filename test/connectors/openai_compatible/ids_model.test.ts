import { describe, expect, it } from "vitest";
import { openModel } from "../../../src/connectors/registry.js";
import type { RunEvent } from "../../../src/events.js";
import type { ServerAccess } from "../../../src/repos/resources.js";
import { requestOf, STRICT } from "../../../src/spec/load.js";
import type { SpecInput } from "../../../src/spec/schema.js";
import { explain } from "../../../src/tasks/explain.js";
import { llamaDialect, sglangDialect, vllmDialect } from "../../support/dialects.js";
import { type Dialect, type FakeServer, fakeServer } from "../../support/fake_server.js";
import { servedModels } from "../../support/served_models.js";
import type { ServedNano } from "../../support/served_nano.js";

const DIALECTS: readonly (readonly [name: string, model: string, make: (nano: ServedNano) => Dialect])[] = [
  ["vllm", "smol", vllmDialect],
  ["sglang", "smol", sglangDialect],
  ["llamacpp", "smol.gguf", llamaDialect],
];

const fixture = servedModels();
const { open, models } = fixture;

const accessTo = (url: string, rest: Partial<ServerAccess> = {}): ServerAccess => ({
  ...{ url, apiKey: null, kind: null, timeoutS: 60, patienceS: 1 },
  ...rest,
});

async function started(make: (nano: ServedNano) => Dialect): Promise<FakeServer> {
  const server = await fakeServer(make(fixture.nano));
  open.push(server);
  return server;
}

const SPEC = { messages: [{ role: "user" as const, content: "turn on the kitchen light" }], explain: { players: "word" as const } };

async function explainedAt(server: FakeServer, model: string, spec: Partial<SpecInput> = {}) {
  const input = { ...SPEC, model: { connector: "openai-compatible" as const, repo: model, tokenizer: "embedded:nano" }, ...spec };
  return await explain(await requestOf(input, process.cwd(), { policy: { ...STRICT, server: accessTo(server.url) } }));
}

async function explainedHere(spec: Partial<SpecInput> = {}) {
  const input = { ...SPEC, model: { connector: "transformers-text" as const, repo: "embedded:nano" }, ...spec };
  return await explain(await requestOf(input, process.cwd()), { model: fixture.nano.model });
}

describe.each(DIALECTS)("a model behind %s, by token ids", (kind, name, make) => {
  it("gives the values of the same model here, of a given answer", async () => {
    const spec = { messages: [...SPEC.messages, { role: "assistant" as const, content: "turning on the light" }] };
    const [there, here] = [await explainedAt(await started(make), name, spec), await explainedHere(spec)];
    expect(there.response.tokens).toEqual(here.response.tokens);
    there.players.forEach(({ text, value }, i) => {
      expect(text).toBe(here.players[i]?.text);
      expect(value).toBeCloseTo(here.players[i]?.value as number, 10);
    });
  });

  it("gives the values of the same model here, of an answer that it generates, its end token included", async () => {
    const [there, here] = [await explainedAt(await started(make), name), await explainedHere()];
    expect(there.response).toEqual(here.response);
    expect(there.response.finish_reason).toBe("stop");
    there.players.forEach(({ value }, i) => {
      expect(value).toBeCloseTo(here.players[i]?.value as number, 10);
    });
  });

  it("gives the values of payoffs that are made of answers", async () => {
    const spec = { explain: { players: "word" as const, payoff: "tfidf" as const } };
    const [there, here] = [await explainedAt(await started(make), name, spec), await explainedHere(spec)];
    expect(there.players.map(({ value }) => value)).toEqual(here.players.map(({ value }) => value));
  });

  it("names the server in the result, and nothing of a key", async () => {
    const { model, runtime } = await explainedAt(await started(make), name);
    expect(model).toMatchObject({ connector: "openai-compatible", repo: name, server: { kind, mode: "ids", noise: 0 } });
    expect(model.server?.probe).toHaveLength(16);
    expect(Object.keys(model.sha256)).toContain("tokenizer.json");
    expect(runtime.provider).toBe("server");
  });

  it("asks in parts, begun alike one after the other, and gives answers in the order of the chats", async () => {
    const server = await started(make);
    const events: RunEvent[] = [];
    const model = await openModel("openai-compatible", {
      ...{ config: { repoId: name }, tokenizer: "embedded:nano", server: accessTo(server.url) },
      ...{ batchSize: 4, concurrency: 2, onEvent: (event: RunEvent) => events.push(event) },
    });
    models.push(model);
    expect(events.filter((event) => event.kind === "warning")).toEqual([]);
    const before = server.asked.length;
    const chats = await Promise.all(
      ["fan", "light", "lamp", "door", "heater"].map((thing) =>
        model.buildChat([{ role: "user", content: [{ kind: "text", text: `turn on the ${thing}` }] }]),
      ),
    );
    const target = model.encodeResponse("turning on the lamp");
    const scores = await model.score(chats, target);
    expect(server.asked.length - before).toBe(2);
    for (const [i, chat] of chats.entries()) {
      const [alone] = await model.score([chat], target);
      expect(scores[i]).toEqual(alone);
    }
  });
});
