import { expect, test } from "vitest";
import { load, refusal } from "../helpers.js";

const MODEL = ["model.repo=embedded:nano"];
const read = async (data: unknown, sets: readonly string[] = MODEL) => {
  const { spec, notes } = await load(JSON.stringify(data), sets);
  return {
    said: (spec.messages ?? []).map(({ role, content }) => [
      role,
      content.map((part) => ("text" in part ? part.text : part.path)).join("|"),
    ]),
    notes,
    spec,
  };
};

test("messages of a server's client: empty keys go without a word, others with one note", async () => {
  const messages = [
    { role: "developer", content: "Be brief.", name: null },
    {
      role: "user",
      content: [
        { type: "input_text", text: "turn on" },
        { type: "text", text: " the light" },
      ],
      name: "ann",
    },
    { role: "assistant", content: null, refusal: null, tool_calls: [{ id: "1", function: { name: "on", arguments: "{}" } }] },
    { role: "tool", tool_call_id: "1", content: "done" },
    { role: "assistant", content: "It is on.", tool_calls: [], annotations: [] },
  ];
  const { said, notes } = await read(messages);
  expect(said).toEqual([
    ["system", "Be brief."],
    ["user", "turn on| the light"],
    ["assistant", JSON.stringify(messages[2]?.tool_calls)],
    ["user", "done"],
    ["assistant", "It is on."],
  ]);
  expect(notes).toEqual([
    '"name" of messages is left out',
    '"tool_calls" of messages is left out',
    "calls of tools are read as text",
    '"tool_call_id" of messages is left out',
    'messages of role "tool" are read as the user\'s',
  ]);
});

test("a request's body: its model is a name, its length is kept, its sampling is not", async () => {
  const body = { model: "gpt-4o", messages: [{ role: "user", content: "hi" }], temperature: 0.7, stream: true, max_tokens: 9 };
  const { said, notes, spec } = await read(body);
  expect(said).toEqual([["user", "hi"]]);
  expect(spec.generation.max_new_tokens).toBe(9);
  expect(notes).toEqual([
    'the request\'s model "gpt-4o" is left out: name one with --repo, --model or MLLM_SHAP_MODEL',
    'the request\'s "temperature" is left out',
    'the request\'s "stream" is left out',
  ]);
  expect(await refusal(JSON.stringify({ ...body, max_tokens: "many" }, null, 1), MODEL)).toMatch(
    /^conv\.yaml:11:16: generation\.max_new_tokens must be/,
  );
});

test("ShareGPT, and a chat of a hub data set with a sound file", async () => {
  const shared = {
    id: "x",
    conversations: [
      { from: "human", value: "hi" },
      { from: "gpt", value: "hello" },
    ],
  };
  expect(await read(shared)).toMatchObject({
    said: [
      ["user", "hi"],
      ["assistant", "hello"],
    ],
    notes: [],
  });
  expect(await refusal(JSON.stringify({ conversations: [{ from: "alien", value: "hi" }] }, null, 1), MODEL)).toMatch(
    /^conv\.yaml:4:12: messages\.0\.role must be one of system, user, assistant/,
  );
  for (const part of [{ audio: "gone.wav" }, { url: "gone.wav" }, { audio_url: { url: "gone.wav" } }])
    expect(await refusal(JSON.stringify([{ role: "user", content: [{ type: "audio", ...part }] }]), MODEL)).toContain(
      '"gone.wav": no such file',
    );
  expect(await refusal(JSON.stringify([{ role: "user", content: [{ type: "audio", url: "https://a.b/c.wav" }] }]), MODEL)).toContain(
    "is an address",
  );
});

test("what is not understood is named where it stands", async () => {
  expect(await refusal('[{"role": "user", "contents": "hi"}]', MODEL)).toMatch(/^conv\.yaml:1:19: unknown key "contents" in messages\.0/);
  expect(await refusal('[{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]', MODEL)).toMatch(
    /^conv\.yaml:1:\d+: messages\.0\.content\.0/,
  );
  expect(await refusal('{"messages": [{"role": "user", "content": "a"}]}\n{"messages": []}', MODEL)).toContain(
    "explain and check take a file of several",
  );
});

test("$schema is for editors", async () => {
  const { spec } = await read({ $schema: "./spec.schema.json", messages: [{ role: "user", content: "hi" }] });
  expect(spec).not.toHaveProperty("$schema");
});

test("sound in a request is taken as it stands, and goes by its place", async () => {
  const data = "AQID";
  const content = [
    { type: "text", text: "hear" },
    { type: "input_audio", input_audio: { data, format: "wav" } },
    { type: "audio", audio: `data:audio/wav;base64,${data}`, transcript: "on" },
    { type: "audio_url", audio_url: { url: `data:audio/wav;base64,${data}` } },
  ];
  const { spec, paths } = await load(JSON.stringify({ model: "gpt-4o-audio", messages: [{ role: "user", content }] }), MODEL);
  const names = ["input_audio 1 of message 1", "audio 2 of message 1", "audio_url 3 of message 1"];
  expect(spec.messages?.[0]?.content.slice(1)).toEqual(
    names.map((path, i) => ({ type: "audio", path, transcript: i === 1 ? "on" : null })),
  );
  expect([...paths.sounds]).toEqual(names.map((name) => [name, Uint8Array.of(1, 2, 3)]));
  expect([...paths.audio]).toEqual([]);
});

test.each([
  [{ type: "input_audio" }, "input_audio 1 of message 1: needs the sound as base64"],
  [{ type: "input_audio", input_audio: { format: "wav" } }, "input_audio 1 of message 1: needs the sound as base64"],
  [{ type: "input_audio", input_audio: { data: "?", format: "wav" } }, "input_audio 1 of message 1: is not base64"],
  [{ type: "audio", url: "data:audio/wav,x" }, "audio 1 of message 1: must be base64"],
])("%j is refused in its own words", async (part, message) => {
  expect(await refusal(JSON.stringify([{ role: "user", content: [part] }]), MODEL)).toMatch(new RegExp(`^conv\\.yaml:1:\\d+: ${message}`));
});
