import { describe, expect, it } from "vitest";
import { decodeAt } from "../../../src/audio/files/decode.js";
import { writeWav } from "../../../src/audio/files/wav_write.js";
import { serverKinds } from "../../../src/connectors/openai_compatible/kinds.js";
import { loadServed } from "../../../src/connectors/openai_compatible/load.js";
import type { MessagesChat } from "../../../src/connectors/openai_compatible/messages_chat.js";
import type { ServerMessage, ServerPart } from "../../../src/connectors/openai_compatible/server_kind.js";
import type { Model } from "../../../src/connectors/types.js";
import { requestOf, STRICT } from "../../../src/spec/load.js";
import type { SpecInput } from "../../../src/spec/schema.js";
import { explain } from "../../../src/tasks/explain.js";
import { chatDialect, vllmDialect } from "../../support/dialects.js";
import { type Dialect, type FakeServer, fakeServer } from "../../support/fake_server.js";
import { servedModels } from "../../support/served_models.js";

const fixture = servedModels();
const { open, models } = fixture;

async function started(dialect: Dialect): Promise<FakeServer> {
  const server = await fakeServer(dialect);
  open.push(server);
  return server;
}

const accessTo = ({ url }: FakeServer, kind: string | null = null) => ({ url, apiKey: null, kind, timeoutS: 60, patienceS: 0 });

async function loaded(dialect: Dialect, name: string, kind: string | null = null) {
  const server = await started(dialect);
  const model = await loadServed({ config: { repoId: name }, server: accessTo(server, kind) });
  models.push(model);
  return { server, model };
}

const text = (content: string) => [{ kind: "text", text: content }] as const;

async function explainedAt(server: FakeServer, model: string, spec: Partial<SpecInput>) {
  const input = {
    messages: [{ role: "user" as const, content: "turn on the kitchen light" }],
    model: { connector: "openai-compatible" as const, repo: model },
    ...spec,
  };
  return await explain(await requestOf(input, process.cwd(), { policy: { ...STRICT, server: accessTo(server) } }));
}

describe("a chat for a server that takes messages", () => {
  const TALK = [
    { role: "system", content: text("Be short.") },
    { role: "user", content: text("turn on  the light, please") },
    { role: "assistant", content: text("Done.") },
    { role: "user", content: text("now off") },
  ] as const;

  async function masksOf(keep: (word: string) => boolean): Promise<readonly ServerMessage[]> {
    const { model } = await loaded(chatDialect(fixture.nano), "chatty");
    const chat = (await model.buildChat(TALK)) as MessagesChat;
    const words = chat.tokenTexts.filter((_, token) => chat.shapValuesMask[token] === 1);
    const masked = chat.playable().masked(Uint8Array.from(words, (word) => (keep(word.trim()) ? 1 : 0))) as MessagesChat;
    return await masked.messages();
  }

  it("goes out as it was written", async () => {
    expect(await masksOf(() => true)).toEqual(TALK.map(({ role, content: [{ text: content }] }) => ({ role, content })));
  });

  it("loses words with the blanks before them", async () => {
    expect((await masksOf((word) => word !== "the"))[1]?.content).toBe("turn on light, please");
  });

  it("loses turns of which nothing is left, but for the last user turn, which is then empty", async () => {
    expect(await masksOf((word) => word === "light,")).toEqual([
      { role: "system", content: "Be short." },
      { role: "user", content: "  light,".slice(1) },
      { role: "user", content: "" },
    ]);
    expect(await masksOf(() => false)).toEqual([
      { role: "system", content: "Be short." },
      { role: "user", content: "" },
    ]);
  });

  it("has a fingerprint that another process finds again, and that differs with a word", async () => {
    const [a, b] = [(await loaded(chatDialect(fixture.nano), "chatty")).model, (await loaded(chatDialect(fixture.nano), "chatty")).model];
    await b.buildChat([{ role: "user", content: text("other words first") }]);
    const fingerprints = await Promise.all([a, b].map(async (model) => (await model.buildChat(TALK)).fingerprint));
    expect(fingerprints[0]).toBe(fingerprints[1]);
    expect((await a.buildChat(TALK.slice(0, 2))).fingerprint).not.toBe(fingerprints[0]);
  });

  it("has players of words, not of tokens that the server alone knows", async () => {
    const server = await started(chatDialect(fixture.nano));
    await expect(explainedAt(server, "chatty", { explain: { payoff: "tfidf" } })).rejects.toThrow(
      /tokens of this model are known to its server alone: use word/,
    );
  });
});

describe("sound for a server", () => {
  const RATE = 16_000;
  const wave = Float32Array.from({ length: RATE }, (_, n) => 0.5 * Math.sin((2 * Math.PI * 440 * n) / RATE));
  const audio = { kind: "audio", bytes: writeWav(wave, RATE), format: "wav", transcript: null } as const;
  const TALK = [{ role: "user", content: [...text("what is this? "), audio, ...text(" tell me")] }] as const;

  function partsOf(message: ServerMessage | undefined): readonly ServerPart[] {
    if (message === undefined || typeof message.content === "string") throw new Error("no parts");
    return message.content;
  }

  async function samplesOf(message: ServerMessage | undefined): Promise<Float32Array> {
    const part = partsOf(message).find(({ type }) => type === "input_audio");
    if (part?.type !== "input_audio") throw new Error("no sound");
    expect(part.input_audio.format).toBe("wav");
    return (await decodeAt(Buffer.from(part.input_audio.data, "base64"), RATE)).samples;
  }

  async function chatOf(audioMasking?: "silence" | "drop", dialect = chatDialect(fixture.nano), name = "chatty"): Promise<MessagesChat> {
    const { model } = await loaded(dialect, name);
    return (await model.buildChat(TALK, { audioMasking })) as MessagesChat;
  }

  /** Of 13 stretches of 80 ms those that are kept, and all words or none. */
  function masked(chat: MessagesChat, keepsSound: (stretch: number) => boolean, words = true): Promise<readonly ServerMessage[]> {
    let stretch = 0;
    const players = chat.tokensModalityFlag.map((_, token) => token).filter((token) => chat.shapValuesMask[token] === 1);
    const coalition = players.map((token) => (chat.tokenTimes[token] === null ? words : keepsSound(stretch++)));
    return (chat.playable().masked(Uint8Array.from(coalition, Number)) as MessagesChat).messages();
  }

  it("goes out as a wave file among the texts", async () => {
    const [message] = await (await chatOf()).messages();
    expect(partsOf(message).map(({ type }) => type)).toEqual(["text", "input_audio", "text"]);
    const samples = await samplesOf(message);
    expect(samples.length).toBe(RATE);
    samples.forEach((sample, n) => {
      expect(Math.abs(sample - (wave[n] as number))).toBeLessThan(1e-4);
    });
  });

  it("goes out with its own numbers where the server reads floats, masked sound too", async () => {
    const chat = await chatOf("drop", vllmDialect(fixture.nano), "smol");
    expect(await samplesOf((await chat.messages())[0])).toEqual((await decodeAt(audio.bytes, RATE)).samples);
    const [rounded, exact] = await Promise.all(
      [await chatOf("drop"), chat].map(async (one) => samplesOf((await masked(one, (stretch) => stretch % 2 === 0))[0])),
    );
    const steps = (exact as Float32Array).map((sample) => sample * 32_768);
    // Cross-fades are no numbers of 16 bits.
    expect(steps.some((step) => step !== Math.round(step))).toBe(true);
    expect([...(rounded as Float32Array)].map((sample) => sample * 32_768)).toEqual(Array.from(steps, Math.round));
  });

  it("has another fingerprint where it goes out otherwise; text alone has not", async () => {
    const both = async (talk: Parameters<Model["buildChat"]>[0]): Promise<readonly string[]> => {
      const { model } = await loaded(vllmDialect(fixture.nano), "smol");
      const { model: other } = await loaded(chatDialect(fixture.nano), "chatty");
      return [(await model.buildChat(talk)).fingerprint, (await other.buildChat(talk)).fingerprint];
    };
    const [sound, texts] = [await both(TALK), await both([{ role: "user", content: text("hello") }])];
    expect(sound[0]).not.toBe(sound[1]);
    expect(texts[0]).toBe(texts[1]);
  });

  it("that is dropped makes the clip shorter; that falls silent keeps its length", async () => {
    const dropped = await samplesOf((await masked(await chatOf("drop"), (stretch) => stretch < 5))[0]);
    expect(dropped.length).toBe(5 * 1_280);
    const silent = await samplesOf((await masked(await chatOf("silence"), (stretch) => stretch < 5))[0]);
    expect(silent.length).toBe(RATE);
    expect(silent.subarray(5 * 1_280 + 1).every((sample) => sample === 0)).toBe(true);
    expect(silent.subarray(0, 4 * 1_280).some((sample) => sample > 0.4)).toBe(true);
  });

  it("of which nothing is left goes, or is silent", async () => {
    expect(await masked(await chatOf("drop"), () => false)).toEqual([{ role: "user", content: "what is this?  tell me" }]);
    const [message] = await masked(await chatOf("silence"), () => false, false);
    expect((await samplesOf(message)).every((sample) => sample === 0)).toBe(true);
  });

  it.each([
    ["segments", {}, "segment"],
    ["words of a transcript", { transcript: "could you please turn on the kitchen light" }, "word"],
  ] as const)("has %s for players", async (_, transcript, kind) => {
    const server = await started(chatDialect(fixture.nano));
    const clip = { type: "audio" as const, path: "configs/audio/kitchen-light.wav", ...transcript };
    const { players, inputs } = await explainedAt(server, "chatty", {
      messages: [{ role: "user", content: [{ type: "text", text: "what is this? " }, clip] }],
      explain: {
        players: "word",
        payoff: "exact-match",
        budget: 16,
        ...(kind === "segment" ? { players: { text: "word", audio: "segment", segment_seconds: 0.5 } } : {}),
      },
    });
    const heard = players.filter((player) => player.start_s !== null);
    expect(new Set(heard.map((player) => player.kind))).toEqual(new Set([kind]));
    if (kind === "word") expect(heard.map(({ text: word }) => word)).toEqual("could you please turn on the kitchen light".split(" "));
    // The last word ends before the clip does.
    if (kind === "segment") expect(heard.at(-1)?.end_s).toBeCloseTo(inputs[0]?.seconds as number, 3);
    else expect(heard.at(-1)?.end_s).toBeLessThan(inputs[0]?.seconds as number);
    const sounds = server.asked
      .flatMap(({ body }) => (body?.messages ?? []) as ServerMessage[])
      .filter(({ content }) => typeof content !== "string");
    expect(new Set(sounds.map((message) => JSON.stringify(message))).size).toBeGreaterThan(5);
  });

  it("is refused where the server takes text only, or the mask works inside of a model", async () => {
    const { model } = await loaded(chatDialect(fixture.nano, { ownedBy: "organization_owner" }), "chatty");
    await expect(model.buildChat(TALK)).rejects.toThrow("the messages have audio, and LM Studio takes text only");
    const withAudio = (await loaded(chatDialect(fixture.nano), "chatty")).model;
    await expect(withAudio.buildChat(TALK, { audioMasking: "embedding" })).rejects.toThrow(/behind a server: valid are drop, silence$/);
  });
});

describe("payoffs at a server that takes messages", () => {
  it.each([
    ["openai", "openai"],
    ["ollama", "library"],
    ["lmstudio", "organization_owner"],
    ["other", "somebody"],
  ])("%s: those that are made of answers give what they give here", async (kind, ownedBy) => {
    const server = await started(chatDialect(fixture.nano, { ownedBy }));
    const spec = { explain: { players: "word" as const, payoff: "exact-match" as const } };
    const there = await explainedAt(server, "chatty", spec);
    const local = {
      model: { connector: "transformers-text" as const, repo: "embedded:nano" },
      messages: [{ role: "user" as const, content: "turn on the kitchen light" }],
    };
    const here = await explain(await requestOf({ ...local, ...spec }, process.cwd()), { model: fixture.nano.model });
    expect(there.model.server).toMatchObject({ kind, mode: "messages", probe: [], noise: null });
    expect(there.response.text).toBe(here.response.text);
    expect(there.players.map(({ text: word, value }) => [word, value])).toEqual(here.players.map(({ text: word, value }) => [word, value]));
  });

  it("refuse likelihood where the server cannot tell it, and name those that work", async () => {
    const error: unknown = await explainedAt(await started(chatDialect(fixture.nano)), "chatty", { explain: { players: "word" } }).catch(
      (cause: unknown) => cause,
    );
    expect(error).toMatchObject({ exitCode: 2 });
    expect(String(error)).toMatch(
      /cannot score a given answer, which the payoff likelihood needs: use tfidf, embedding, exact-match, wer, cer, nli, bertscore or judge/,
    );
  });

  it("vLLM tells it of messages: the mean is that of the same ids", async () => {
    const messages = [
      { role: "user" as const, content: "turn on the kitchen light" },
      { role: "assistant" as const, content: "turning on the light" },
    ];
    const server = await started(vllmDialect(fixture.nano));
    const spec = { messages, explain: { players: "word" as const } };
    const byMessages = await explainedAt(server, "smol", spec);
    const byIds = await explainedAt(server, "smol", {
      ...spec,
      model: { connector: "openai-compatible", repo: "smol", tokenizer: "embedded:nano" },
    });
    expect(byMessages.payoff.full).toBeCloseTo(byIds.payoff.full, 10);
    expect(byMessages.model.server?.probe).not.toEqual([]);
  });

  it("Ollama's manifest is what its weights are known by", async () => {
    const { model } = await loaded(chatDialect(fixture.nano, { ownedBy: "library" }), "chatty");
    expect(model.identity).toMatchObject({
      dtype: "Q4_K_M",
      sha256: { manifest: "ab".repeat(32) },
      server: { kind: "ollama", version: "0.14.2" },
    });
  });

  it("that are drawn among the likeliest tokens are refused where the server cannot be told so", async () => {
    const { model } = await loaded(chatDialect(fixture.nano), "chatty");
    const chat = await model.buildChat([{ role: "user", content: text("one") }]);
    const asked = model.generate(chat, { modelConfig: { textTemperature: 0.7, textTopK: 5 } });
    await expect(asked).rejects.toThrow("generation.text_top_k: OpenAI cannot be told to draw among the 5 likeliest tokens");
  });

  it("drawn answers have a seed of their own for each chat", async () => {
    const { server, model } = await loaded(chatDialect(fixture.nano), "chatty");
    const chats = await Promise.all(["one", "two"].map((word) => model.buildChat([{ role: "user", content: text(word) }])));
    const ask = (order: readonly number[]) =>
      model.generateBatch(
        order.map((i) => chats[i] as MessagesChat),
        { modelConfig: { textTemperature: 0.7, textTopK: null }, seed: 3, maxNewTokens: 4 },
      );
    await ask([0, 1]);
    await ask([1, 0]);
    const seeds = server.asked.slice(1).map(({ body }) => [body.messages[0].content, body.seed, body.temperature] as const);
    expect(new Set(seeds.map(String)).size).toBe(2);
    expect(seeds.every(([, seed, temperature]) => Number.isInteger(seed) && seed < 2 ** 31 && temperature === 0.7)).toBe(true);
  });
});

describe("kinds of servers", () => {
  it.each(serverKinds.map((kind) => [kind.name, kind] as const))(
    "%s promises something, and works on at least one thing at a time",
    (_, kind) => {
      expect(kind.promise).not.toBe("");
      expect([kind.chunk >= 1, kind.concurrency >= 1]).toEqual([true, true]);
    },
  );

  it("own what no other owns", () => {
    const owned = serverKinds.flatMap(({ ownedBy }) => ownedBy);
    expect(new Set(owned).size).toBe(owned.length);
  });
});
