import { describe, expect, it } from "vitest";
import { Role } from "../../src/chat/enums.js";
import type { ChatMessage } from "../../src/chat/types.js";
import { buildTemplatedChat } from "../../src/connectors/causal_text/build.js";
import type { TransformersTextChat } from "../../src/connectors/causal_text/chat.js";
import { ConnectorError } from "../../src/errors.js";
import type { LoadedTokenizer } from "../../src/text/load_tokenizer.js";
import { CHAT_TEMPLATES } from "../support/chat_templates.js";
import { withMarkers } from "../support/tokenizers.js";

type Style = keyof typeof CHAT_TEMPLATES;

const say = (role: ChatMessage["role"], text: string): ChatMessage => ({ role, content: [{ kind: "text", text }] });
const ASK = [say("user", "Hi there")];
const TALK = [...ASK, say("assistant", "Hello!"), say("user", "Why is the sky blue?")];
const WITH_SYSTEM = [say("system", "Be brief."), ...TALK];
const REASONED = [...ASK, say("assistant", "<think>\nhm\n</think>\n\nHello!"), say("user", "Why?")];

const textOf = ({ content }: ChatMessage): string => content.map((part) => (part.kind === "text" ? part.text : "")).join("");
const rendering = ({ chatTemplate }: LoadedTokenizer, messages: readonly ChatMessage[]): string =>
  chatTemplate?.render(
    messages.map((message) => ({ role: message.role, content: textOf(message) })),
    true,
  ) ?? "";

interface Built {
  readonly chat: TransformersTextChat;
  readonly warnings: readonly string[];
}

function build({ tokenizer, chatTemplate }: LoadedTokenizer, messages: readonly ChatMessage[]): Built {
  const warnings: string[] = [];
  const chat = buildTemplatedChat(tokenizer, chatTemplate, messages, {
    onEvent: (event) => {
      if (event.kind === "warning") warnings.push(event.message);
    },
  });
  return { chat, warnings };
}

const spelled = (chat: { readonly tokenTexts: readonly string[] }): string => chat.tokenTexts.join("");
const emptied = (chat: TransformersTextChat): string => spelled(chat.withPlayers(new Uint8Array(chat.playersNum)));
const contentOf = (chat: TransformersTextChat, role: Role): string =>
  chat.tokenTexts.filter((_, i) => chat.tokenRoles[i] === role).join("");

describe("templates in the manner of published models", () => {
  const STYLES = ["chatml", "llama31", "gemma3", "mistral", "qwen3", "phi3", "granite", "smollm3", "parts", "firstPart", "mixed"] as const;

  it.each(STYLES)("%s: every message is found, and the ids are those of the whole rendering", async (style) => {
    const model = await withMarkers(CHAT_TEMPLATES[style]);
    for (const messages of [ASK, TALK]) {
      const { chat, warnings } = build(model, messages);
      expect(warnings).toEqual([]);
      const whole = rendering(model, messages);
      expect(spelled(chat)).toBe(whole);
      expect(chat.inputTokens).toEqual(model.tokenizer.encode(whole, { first: true }));
      expect(chat.tokenisationJoints).toEqual([]);
      // The blank before a first word is the word's.
      const asked = messages.filter(({ role }) => role === "user").map(textOf);
      expect(contentOf(chat, Role.USER).replaceAll(" ", "")).toBe(asked.join("").replaceAll(" ", ""));
    }
  });

  it.each(STYLES.filter((style) => style !== "mistral"))("%s: so is a system message", async (style) => {
    const model = await withMarkers(CHAT_TEMPLATES[style]);
    const { chat } = build(model, WITH_SYSTEM);
    expect(spelled(chat)).toBe(rendering(model, WITH_SYSTEM));
    expect(chat.inputTokens).toEqual(model.tokenizer.encode(spelled(chat), { first: true }));
    expect(emptied(chat)).toContain("Be brief.");
  });

  it.each([
    [
      "llama31",
      "<|begin|><|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n<|eot_id|>",
    ],
    [
      "granite",
      "<|start_of_role|>system<|end_of_role|>Knowledge Cutoff Date: April 2024.\nToday's Date: July 26, 2024.\nYou are a helpful assistant.<|end_of_text|>\n",
    ],
    [
      "smollm3",
      "<|im_start|>system\n## Metadata\n\nToday Date: 26 July 2024\nReasoning Mode: /think\n\n## Custom Instructions\n\nYou are a helpful AI assistant.\n\n<|im_end|>\n",
    ],
  ] as const)("%s: the template's own system turn stays when everything is left out", async (style, preamble) => {
    const { chat } = build(await withMarkers(CHAT_TEMPLATES[style]), TALK);
    expect(emptied(chat).startsWith(preamble)).toBe(true);
    expect(emptied(chat)).not.toMatch(/Hi there|Why/);
  });

  it("mistral: a system message that moves behind an answer is named, not the user's", async () => {
    const model = await withMarkers(CHAT_TEMPLATES.mistral);
    expect(() => build(model, WITH_SYSTEM)).toThrow(
      "the model's chat template moves the content of message 1 (system) behind that of message 3 (assistant): it cannot be explained: write it into a user message instead",
    );
    expect(spelled(build(model, [say("system", "Be brief."), ...ASK]).chat)).toBe("<|begin|>[INST] Be brief.\n\nHi there[/INST]");
    expect(() => build(model, [...ASK, ...ASK])).toThrow(/roles must alternate/);
  });

  it("gemma3: the system message stays in the first user turn when that is emptied", async () => {
    const { chat } = build(await withMarkers(CHAT_TEMPLATES.gemma3), WITH_SYSTEM.slice(0, 2));
    expect(emptied(chat)).toBe("<|begin|><start_of_turn>user\nBe brief.\n\n<end_of_turn>\n<start_of_turn>model\n");
  });

  it("smollm3: a switch in the system message is no content, and the right place for it is named", async () => {
    const model = await withMarkers(CHAT_TEMPLATES.smollm3);
    for (const text of ["/no_think", "Be brief. /no_think"]) {
      expect(() => build(model, [say("system", text), ...ASK])).toThrow(ConnectorError);
      expect(() => build(model, [say("system", text), ...ASK])).toThrow(
        /message 1 \(system\).*template_kwargs: \{enable_thinking: false\}/,
      );
    }
    const { chat } = build(await withMarkers(CHAT_TEMPLATES.smollm3, { enable_thinking: false }), ASK);
    expect(spelled(chat)).toContain("Reasoning Mode: /no_think");
    expect(spelled(chat).endsWith("<|im_start|>assistant\n<think>\n\n</think>\n")).toBe(true);
  });

  it("qwen3: an earlier answer goes with its turn, although the template writes a last one otherwise", async () => {
    const { chat } = build(await withMarkers(CHAT_TEMPLATES.qwen3), [...TALK.slice(0, 2), ...TALK]);
    const first = Uint8Array.from({ length: chat.playersNum }, () => 1);
    const tokens = chat.tokenTexts.length;
    expect(tokens).toBeGreaterThan(0);
    expect(emptied(chat)).toBe("<|im_start|>user\n<|im_end|>\n<|im_start|>assistant\n");
    expect(spelled(chat.withPlayers(first))).toBe(spelled(chat));
  });
});

describe("what a template leaves out", () => {
  const PADDED = [say("user", "Turn on the light\n"), say("assistant", " Done. "), say("user", "\n\nAnd the lamp\t\n")];

  it.each(["llama31", "gemma3"] as const)("%s trims: explained as rendered, with one note", async (style) => {
    const model = await withMarkers(CHAT_TEMPLATES[style]);
    const { chat, warnings } = build(model, PADDED);
    expect(warnings).toEqual([
      'the model\'s chat template leaves out white space ("\\n") of message 1 (user), white space (" ") of message 2 (assistant), white space (" ") of message 2 (assistant), ' +
        'white space ("\\n\\n") of message 3 (user), white space ("\\t\\n") of message 3 (user): the conversation is explained as it is rendered',
    ]);
    expect(spelled(chat)).toBe(rendering(model, PADDED));
    expect(contentOf(chat, Role.USER)).toBe("Turn on the lightAnd the lamp");
    expect(chat.inputTokens).toEqual(model.tokenizer.encode(spelled(chat), { first: true }));
  });

  it("parts of a message are cut where the template cuts", async () => {
    const { tokenizer, chatTemplate } = await withMarkers(CHAT_TEMPLATES.llama31);
    const content = ["  turn on", " the light ", "\n"].map((text) => ({ kind: "text", text }) as const);
    const chat = buildTemplatedChat(tokenizer, chatTemplate, [{ role: "user", content }]);
    const wanted = [...tokenizer.encode("turn on"), ...tokenizer.encode(" the light")];
    expect([...chat.inputTokens.filter((_, i) => chat.tokenRoles[i] === Role.USER)]).toEqual(wanted);
  });

  it("reasoning of earlier answers is left out of the players, and told", async () => {
    const model = await withMarkers(CHAT_TEMPLATES.qwen3);
    const { chat, warnings } = build(model, REASONED);
    expect(warnings).toEqual([
      'the model\'s chat template leaves out "<think>\\nhm\\n</think>\\n\\n" of message 2 (assistant): the conversation is explained as it is rendered',
    ]);
    expect(contentOf(chat, Role.ASSISTANT)).toBe("Hello!");
    expect(spelled(chat)).toBe(rendering(model, REASONED));
    expect(chat.inputTokens).toEqual(model.tokenizer.encode(spelled(chat), { first: true }));
  });

  it("a template that keeps reasoning keeps it among the players", async () => {
    const { chat, warnings } = build(await withMarkers(CHAT_TEMPLATES.chatml), REASONED);
    expect(warnings).toEqual([]);
    expect(contentOf(chat, Role.ASSISTANT)).toBe("<think>\nhm\n</think>\n\nHello!");
  });

  it("a message of white space alone has no players", async () => {
    const { chat, warnings } = build(await withMarkers(CHAT_TEMPLATES.llama31), [
      say("user", " \n"),
      say("assistant", "Yes?"),
      say("user", "Hi"),
    ]);
    expect(contentOf(chat, Role.USER)).toBe("Hi");
    expect(warnings).toHaveLength(1);
  });

  it("a long list of things left out is cut short", async () => {
    const many = Array.from({ length: 21 }, (_, i) => say(i % 2 === 0 ? "user" : "assistant", `word ${i}\n`));
    const { warnings } = build(await withMarkers(CHAT_TEMPLATES.llama31), many);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/message 8 \(assistant\) and 13 more: the conversation/);
  });

  it.each([
    ["truncates", [say("user", "This is cut somewhere")], /alters the content of message 1 \(user\)/],
    ["upperCase", [say("user", "ok\n")], /alters the content of message 1 \(user\)/],
    ["repeats", ASK, /repeats the content of message 1 \(user\)/],
  ] as const)("%s is refused all the same", async (style: Style, messages, reason) => {
    const model = await withMarkers(CHAT_TEMPLATES[style]);
    expect(() => build(model, messages)).toThrow(reason);
  });
});
