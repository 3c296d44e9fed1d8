import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { chooseTextFiles } from "../../src/connectors/causal_text/files.js";
import { compileTemplate } from "../../src/text/chat_template.js";
import { loadTokenizer, type TemplateOptions } from "../../src/text/load_tokenizer.js";
import { CHAT_TEMPLATES } from "../support/chat_templates.js";
import { patchedFolder } from "../support/tokenizers.js";

const HI = [{ role: "user", content: "Hi" }] as const;

/** A model's files with template files beside them; what the template in use says. */
async function rendered(files: Readonly<Record<string, unknown>>, options: TemplateOptions = {}): Promise<string | null> {
  const folder = patchedFolder("nano", {});
  writeFileSync(join(folder, "tokenizer_config.json"), "{}");
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), typeof content === "string" ? content : JSON.stringify(content));
  }
  const { chatTemplate } = await loadTokenizer(folder, options);
  return chatTemplate?.render(HI, true) ?? null;
}

const named = (...names: readonly string[]) => names.map((name) => ({ name, template: `config ${name}` }));
const config = (chat_template: unknown) => ({ "tokenizer_config.json": { chat_template } });

describe("where a template comes from", () => {
  it.each([
    ["none", {}, null],
    ["tokenizer_config.json", config("config"), "config"],
    ["a list in tokenizer_config.json: its default", config(named("tool_use", "default")), "config default"],
    ["chat_template.json", { "chat_template.json": { chat_template: "processor" } }, "processor"],
    [
      "tokenizer_config.json before chat_template.json",
      { ...config("config"), "chat_template.json": { chat_template: "processor" } },
      "config",
    ],
    [
      "chat_template.jinja before all",
      { ...config("config"), "chat_template.jinja": "file", "chat_template.json": { chat_template: "processor" } },
      "file",
    ],
    ["an empty list is none", config([]), null],
  ])("%s", async (_, files, wanted) => {
    expect(await rendered(files)).toBe(wanted);
  });

  const several = {
    "chat_template.jinja": "file",
    "additional_chat_templates/rag.jinja": "rag",
    "additional_chat_templates/notes.txt": "no",
  };

  it.each([
    [several, { name: "rag" }, "rag"],
    [several, { name: "default" }, "file"],
    [config(named("default", "tool_use")), { name: "tool_use" }, "config tool_use"],
  ])("one of several by its name: %j, %j", async (files, template, wanted) => {
    expect(await rendered(files, { template })).toBe(wanted);
  });

  it("tools take the template for tools, where there is one", async () => {
    const templateKwargs = { tools: [{ name: "lamp" }] };
    expect(await rendered(config(named("default", "tool_use")), { templateKwargs })).toBe("config tool_use");
    expect(await rendered(config(named("default", "rag")), { templateKwargs })).toBe("config default");
    expect(await rendered(config(named("default", "tool_use")), { templateKwargs: { tools: null } })).toBe("config default");
  });

  it("a file of one's own goes before everything", async () => {
    const file = join(patchedFolder("nano", {}), "mine.jinja");
    writeFileSync(file, "mine");
    expect(await rendered(several, { template: { file } })).toBe("mine");
    expect(await rendered({}, { template: { file } })).toBe("mine");
    await expect(rendered({}, { template: { file: `${file}.not` } })).rejects.toThrow(/mine\.jinja\.not cannot be read/);
  });

  it.each([
    [several, { template: { name: "tool_use" } }, 'the model has no chat template named "tool_use": valid: default, rag'],
    [{}, { template: { name: "rag" } }, 'the model has no chat template named "rag": it has none at all'],
    [
      config(named("rag", "tool_use")),
      {},
      /several chat templates and none is its default: choose one with model\.template, as in \{name: rag\} \(valid: rag, tool_use\)/,
    ],
    [{ "additional_chat_templates/rag.jinja": "rag", ...config("config") }, {}, /none is its default/],
    [config([{ name: "default" }]), {}, "tokenizer_config.json: chat_template is neither a text nor a list of {name, template}"],
    [{ "chat_template.json": "{" }, {}, /chat_template\.json is no JSON/],
  ])("%j, %j: %s", async (files, options, message) => {
    await expect(rendered(files, options)).rejects.toThrow(message);
  });

  it("which of several is a question of messages: a tokeniser without a default template still loads", async () => {
    const folder = patchedFolder("nano", {});
    writeFileSync(join(folder, "tokenizer_config.json"), JSON.stringify({ chat_template: named("rag") }));
    const { tokenizer, chatTemplate } = await loadTokenizer(folder);
    expect(tokenizer.encode("light").length).toBeGreaterThan(0);
    expect(() => chatTemplate?.render(HI, true)).toThrow(/none is its default/);
  });

  it("all of these are files that a model needs", () => {
    const paths = [
      "config.json",
      "tokenizer.json",
      "tokenizer_config.json",
      "onnx/model.onnx",
      "chat_template.json",
      "additional_chat_templates/rag.jinja",
    ];
    expect([...chooseTextFiles([...paths, "additional_chat_templates/notes.txt"], "fp32", "a/b")].sort()).toEqual([...paths].sort());
  });
});

describe("variables of a template", () => {
  const render = (source: string, variables: Readonly<Record<string, unknown>> = {}) => compileTemplate(source, variables).render(HI, true);

  it("are any JSON", () => {
    const source =
      "{{ enable_thinking }}|{% for document in documents %}{{ document.text }};{% endfor %}|{{ extra.a[1] }}|{{ none_given is none }}";
    const variables = { enable_thinking: false, documents: [{ text: "one" }, { text: "two" }], extra: { a: [1, 2.5] }, none_given: null };
    expect(render(source, variables)).toBe("false|one;two;|2.5|true");
  });

  it("go before special tokens and what is given by default", () => {
    expect(render("{{ date_string }} {{ strftime_now('%Y-%m-%d') }}")).toBe("26 Jul 2024 2024-07-26");
    expect(render("{{ date_string }}", { date_string: "yesterday" })).toBe("yesterday");
    expect(render("{{ tools is none }} {{ documents is none }}")).toBe("true true");
  });

  it("date_string is the date that strftime_now goes by", () => {
    expect(render("{{ strftime_now('%A, %-d %B %Y') }}", { date_string: "1 Jan 2025" })).toBe("Wednesday, 1 January 2025");
    expect(render("{{ strftime_now('%H:%M') }}", { date_string: "2025-01-01T14:30" })).toBe("14:30");
    expect(() => render("{{ strftime_now('%d') }}", { date_string: "yesterday" })).toThrow(
      /date_string "yesterday" is no date that strftime_now can go by: write it as "26 Jul 2024" or "2024-07-26"/,
    );
    expect(() => render("{{ strftime_now('%Q') }}")).toThrow(/strftime_now does not know "%Q"/);
  });

  it("functions of Jinja are there", () => {
    expect(render("{% for i in range(3) %}{{ i }}{% endfor %}{% for i in range(5, 1, -2) %}{{ i }}{% endfor %}")).toBe("01253");
    expect(() => render("{{ raise_exception('Not like this') }}")).toThrow(
      "the model's chat template refuses these messages: Not like this",
    );
  });
});

describe("contents as texts or lists of parts", () => {
  const MESSAGES = [{ role: "system", content: "Be brief." }, ...HI, { role: "assistant", content: "Yes?" }] as const;

  it.each([
    ["chatml", "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nYes?<|im_end|>\n"],
    ["firstPart", "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nYes?<|im_end|>\n"],
    ["mixed", "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nYes?<|im_end|>\n"],
    ["parts", "<|im_start|>System: Be brief.<end_of_utterance>\nUser: Hi<end_of_utterance>\nAssistant: Yes?<end_of_utterance>\n"],
    ["gemma3", "<start_of_turn>user\nBe brief.\n\nHi<end_of_turn>\n<start_of_turn>model\nYes?<end_of_turn>\n"],
  ] as const)("%s is given what it wants", (style, wanted) => {
    expect(compileTemplate(CHAT_TEMPLATES[style], {}).render(MESSAGES, false)).toBe(wanted);
  });

  it("a template that refuses texts is given parts", () => {
    const source =
      "{% for message in messages %}{% if message.content is string %}{{ raise_exception('parts only') }}{% endif %}{{ message.content[0].text }};{% endfor %}";
    expect(compileTemplate(source, {}).render(MESSAGES, false)).toBe("Be brief.;Hi;Yes?;");
  });

  it("a template that prints what it is given is given texts", () => {
    expect(compileTemplate("{% for message in messages %}{{ message.content }};{% endfor %}", {}).render(MESSAGES, false)).toBe(
      "Be brief.;Hi;Yes?;",
    );
  });
});
