import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { askedIn } from "../../src/spec/asked.js";
import { specJsonSchema } from "../../src/spec/keys.js";
import { requestOf } from "../../src/spec/load.js";
import { load, newFolder, refusal, VALID } from "./helpers.js";

const MODEL = "model: {connector: transformers-text, repo: embedded:nano}\n";
const PROMPT = `${MODEL}prompt: The capital of France is\n`;

describe("a prompt in place of messages", () => {
  test("is a text, or the same in pieces", async () => {
    expect((await load(PROMPT)).spec).toMatchObject({ prompt: ["The capital of France is"] });
    expect((await load(`${MODEL}prompt: [The capital of, " France is"]\n`)).spec.prompt).toEqual(["The capital of", " France is"]);
    expect((await load(PROMPT)).spec).not.toHaveProperty("messages");
  });

  test("may come with its answer", async () => {
    const { spec } = await load(`${PROMPT}answer: " Paris"\n`);
    expect(askedIn(spec)).toEqual({ asked: "The capital of France is", answer: " Paris" });
    expect(askedIn((await load(PROMPT)).spec)).toEqual({ asked: "The capital of France is", answer: null });
    const chat = await load(`${VALID}  - {role: assistant, content: hello}\n`);
    expect(askedIn(chat.spec)).toEqual({ asked: chat.spec.messages?.slice(0, 1), answer: "hello" });
  });

  test("survives the round trip of a result", async () => {
    const { spec } = await load(`${PROMPT}answer: " Paris"\n`, ["model.template_kwargs={a: [1, {b: null}]}", "model.template={name: rag}"]);
    expect((await requestOf(JSON.parse(JSON.stringify(spec)), newFolder())).spec).toEqual(spec);
  });

  test("comes from the command line, too", async () => {
    expect((await load(MODEL, ["prompt=Once upon a time", "answer=, there was"])).spec).toMatchObject({
      prompt: ["Once upon a time"],
      answer: ", there was",
    });
  });

  test.each([
    [`${VALID}prompt: hi\n`, "conv.yaml:4:9: prompt cannot stand beside messages: a model either answers messages or continues a prompt"],
    [
      `${VALID}answer: hi\n`,
      "conv.yaml:4:9: answer belongs to a prompt; an assistant message at the end of messages is the answer to explain",
    ],
    [`${MODEL}answer: hi\n`, 'conv.yaml:1:1: missing key "messages"'],
    [`${MODEL}prompt: ""\n`, "conv.yaml:2:9: prompt must not be empty"],
    [`${MODEL}prompt: []\n`, "conv.yaml:2:9: prompt must not be empty"],
    [`${MODEL}prompt: [a, ""]\n`, "conv.yaml:2:13: prompt.1 must not be empty"],
    [`${MODEL}prompt: 5\n`, "conv.yaml:2:9: prompt must be a text or a list (got 5)"],
    [`${PROMPT}answer: ""\n`, "conv.yaml:3:9: answer must not be empty"],
    [PROMPT.replace("transformers-text", "liquid-audio"), "conv.yaml:2:9: prompt is not for liquid-audio, which answers messages"],
  ])("%j is refused: %s", async (text, message) => {
    expect(await refusal(text)).toBe(message);
  });

  test("is in the JSON Schema", () => {
    expect(Object.keys(specJsonSchema().properties ?? {})).toEqual(expect.arrayContaining(["messages", "prompt", "answer"]));
    const validate = new Ajv2020({ strict: false }).compile(specJsonSchema());
    const model = { connector: "transformers-text", repo: "embedded:nano" };
    const messages = [{ role: "user", content: "hi" }];
    for (const good of [{ messages }, { prompt: "hi" }, { prompt: ["hi", " there"], answer: "x" }])
      expect(validate({ model, ...good })).toBe(true);
    for (const bad of [{}, { messages, prompt: "hi" }, { messages, answer: "x" }, { prompt: [] }])
      expect(validate({ model, ...bad })).toBe(false);
  });
});

describe("a template of one's own", () => {
  const withTemplate = (template: string): string => VALID.replace("embedded:nano}", `embedded:nano, template: ${template}}`);

  test("is a file beside the spec, or one of the model's own by its name", async () => {
    const folder = newFolder();
    writeFileSync(join(folder, "mine.jinja"), "{{ messages }}");
    for (const template of ["mine.jinja", "{file: mine.jinja}"]) {
      const { spec, paths } = await load(withTemplate(template), [], folder);
      expect(spec.model.template).toEqual({ file: "mine.jinja" });
      expect(paths.template).toMatch(/[\\/]mine\.jinja$/);
    }
    const { spec, paths } = await load(withTemplate("{name: tool_use}"));
    expect(spec.model.template).toEqual({ name: "tool_use" });
    expect(paths.template).toBeNull();
  });

  test("stays inside the spec's folder, links and all", async () => {
    const folder = newFolder();
    mkdirSync(join(folder, "dir"));
    writeFileSync(join(folder, "secret.jinja"), "x");
    symlinkSync(join(folder, "secret.jinja"), join(folder, "dir", "link.jinja"));
    for (const path of ["../secret.jinja", "link.jinja", join(folder, "secret.jinja")]) {
      expect(await refusal(withTemplate(path), [], join(folder, "dir"))).toContain(
        "lies outside the spec's folder; --allow-outside permits that",
      );
    }
  });

  test.each([
    ["tool_use", 'conv.yaml:1:70: "tool_use": no such file or folder; a template of the model\'s own is written {name: tool_use}'],
    ["none.jinja", 'conv.yaml:1:70: "none.jinja": no such file or folder'],
    ["https://example.org/x.jinja", /is an address, and nothing in a spec is fetched/],
    ["{nam: x}", /unknown key "nam" in model\.template/],
    ["{}", /missing key/],
  ])("%s is refused", async (template, message) => {
    const told = await refusal(withTemplate(template));
    if (typeof message === "string") expect(told).toBe(message);
    else expect(told).toMatch(message);
  });

  test("has variables of plain data", async () => {
    const { spec } = await load(VALID, ["model.template_kwargs.enable_thinking=false", "model.template_kwargs.documents=[{text: one}]"]);
    expect(spec.model.template_kwargs).toEqual({ enable_thinking: false, documents: [{ text: "one" }] });
  });

  test.each([
    ["model.template_kwargs={messages: []}", /template_kwargs\.messages is given to every template, and cannot be set/],
    ["model.template_kwargs={add_generation_prompt: false}", /is given to every template/],
    ["model.template_kwargs={a-b: 1}", /template_kwargs\.a-b is no name that a template could use/],
    ["model.template_kwargs={a: .nan}", /template_kwargs\.a must be plain data/],
    ["model.template_kwargs=no", /model\.template_kwargs must be a mapping/],
  ])("%s is refused", async (set, message) => {
    expect(await refusal(VALID, [set])).toMatch(message);
  });

  test("functions in a program's spec are no plain data", async () => {
    const model = { connector: "transformers-text", repo: "embedded:nano", template_kwargs: { a: { b: () => 1 } } } as const;
    await expect(requestOf({ model, prompt: "x" }, newFolder())).rejects.toThrow(/template_kwargs\.a must be plain data/);
  });

  test("is not for models whose turns are fixed", async () => {
    const liquid = VALID.replace("transformers-text", "liquid-audio");
    expect(await refusal(liquid, ["model.template={name: x}"])).toMatch(/model\.template is not for liquid-audio, whose turns are fixed/);
    expect(await refusal(liquid, ["model.template_kwargs.a=1"])).toMatch(/model\.template_kwargs are not for liquid-audio/);
  });
});
