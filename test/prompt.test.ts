import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { AutoTokenizer } from "@huggingface/transformers";
import { describe, expect, it } from "vitest";
import { Role } from "../src/chat/enums.js";
import { buildPromptChat } from "../src/connectors/causal_text/prompt.js";
import { openModel } from "../src/connectors/registry.js";
import { compareResults } from "../src/results/comparison.js";
import { redact } from "../src/results/redact.js";
import type { Result } from "../src/results/result_schema.js";
import { requestOf, STRICT } from "../src/spec/load.js";
import type { SpecInput } from "../src/spec/schema.js";
import { evaluate, requestOfResult } from "../src/tasks/evaluate.js";
import { explain } from "../src/tasks/explain.js";
import { inspect } from "../src/tasks/inspect.js";
import { FORMATS } from "../src/views/result/formats.js";
import { temporaryFolder } from "./support/decoder_files.js";
import { nanoFolder } from "./support/nano_folder.js";
import { renderedLater } from "./support/render.js";
import { realTokenizer, TOKENIZER_FOLDERS } from "./support/tokenizers.js";

const PROMPT = "could you please turn on the kitchen light";
const NANO = "embedded:nano";

interface Asked {
  readonly repo?: string;
  readonly model?: Partial<SpecInput["model"]>;
  readonly spec: Omit<SpecInput, "model">;
}

async function requestFor({ repo = NANO, model = {}, spec }: Asked) {
  const input = {
    model: { connector: "transformers-text", repo, device: "cpu", ...model },
    explain: { players: "word" },
    run: { threads: 1 },
    ...spec,
  };
  return await requestOf(input as SpecInput, temporaryFolder(), { policy: { ...STRICT, allowOutside: true } });
}

const explained = async (asked: Asked): Promise<Result> => await explain(await requestFor(asked));
const texts = (result: Result): readonly string[] => result.players.map(({ text }) => text);

describe("a prompt that a model continues", () => {
  it("is fed as the tokeniser makes it of a plain text, special tokens included", async () => {
    for (const name of ["nano", "llama2"] as const) {
      const { tokenizer } = await realTokenizer(name);
      const source = await AutoTokenizer.from_pretrained(TOKENIZER_FOLDERS[name], { local_files_only: true });
      for (const text of [PROMPT, " two  blanks ", "日本語 👍", "a<|im_end|>b</s>c"]) {
        const chat = buildPromptChat(tokenizer, [text]);
        expect([...chat.inputTokens], text).toEqual(source.encode(text));
        expect(chat.tokenTurns[0]).toBe(0);
        expect(chat.turnRoles).toEqual([Role.USER, Role.ASSISTANT]);
        expect(chat.withPlayers(new Uint8Array(chat.playersNum)).tokenTexts).toEqual([name === "nano" ? "<|startoftext|>" : "<s>"]);
      }
    }
  });

  it("is explained with every kind of player, and with phrases", async () => {
    const spec = { prompt: `${PROMPT}. And the lamp.` };
    const of = async (players: "token" | "word" | "sentence" | "turn") =>
      texts(await explained({ spec: { ...spec, explain: { players, sampler: "permutation", budget: 16 } } }));
    expect((await of("word")).length).toBe(11);
    expect(await of("sentence")).toEqual([`${PROMPT}.`, "And the lamp."]);
    expect(await of("turn")).toHaveLength(1);
    expect((await of("token")).length).toBeGreaterThanOrEqual(11);
    const groups = [{ name: "where", phrase: "kitchen light" }];
    const grouped = await explained({ spec: { prompt: PROMPT, explain: { players: "word", groups } } });
    expect(grouped.players.filter(({ kind }) => kind === "group").map(({ text }) => text)).toEqual(["where"]);
  });

  it("its answer may be given; payoffs are those of the ids, and everything works with the result", async () => {
    const spec = { prompt: PROMPT, answer: " turning on the kitchen light" };
    const result = await explained({ spec });
    expect(result.response).toMatchObject({ text: spec.answer, finish_reason: "given" });
    expect(result.conversation.map((turn) => turn.flatMap(({ content }) => content).join(""))).toEqual([
      `<|startoftext|>${PROMPT}`,
      spec.answer,
    ]);
    expect(result.payoff.sum_of_values).toBeCloseTo(result.payoff.full - result.payoff.empty, 9);
    expect(result.warnings ?? []).toEqual([]);
    const request = await requestOfResult(result, temporaryFolder());
    expect((await evaluate(result, request, { rankings: 2 })).schema).toBe("mllm-shap/evaluation@1");
    const other = await explained({ spec: { ...spec, prompt: [PROMPT.slice(0, 5), PROMPT.slice(5)] } });
    const report = compareResults({ file: "a", result }, { file: "b", result: other }, "1");
    expect(report).toMatchObject({ differ_in: ["conversation"], mean_absolute_difference: 0 });
    const hidden = redact(result);
    for (const format of Object.values(FORMATS)) {
      // Pictures are made of the text that the svg has, and a result without sound has no times.
      if (format.binary === true || ["textgrid", "vtt", "eaf"].includes(format.name)) continue;
      expect(await renderedLater(format, [hidden]), format.name).not.toMatch(/kitchen|turning/);
    }
    await expect(requestOfResult(hidden, temporaryFolder())).rejects.toThrow(/holds no texts/);
  });

  it("is inspected like a conversation", async () => {
    const { tokens, players, joints } = await inspect(
      await requestFor({ spec: { prompt: ["could you please turn on", " the kitchen light"] } }),
      { cost: false },
    );
    expect(tokens.map(({ text, turn, role }) => [text, turn, role]).slice(0, 2)).toEqual([
      ["<|startoftext|>", 0, "system"],
      ["could", 1, "user"],
    ]);
    expect(players).toHaveLength(8);
    expect(joints).toEqual([]);
  });

  it("needs no template, and uses none where there is one", async () => {
    const bare = await explained({ repo: nanoFolder(), spec: { prompt: PROMPT } });
    const own = await explained({ spec: { prompt: PROMPT } });
    expect(bare.players.map(({ value }) => value)).toEqual(own.players.map(({ value }) => value));
  });

  it("where the tokeniser adds nothing, the start of text stands in for nothing, and that is told", async () => {
    const result = await explained({ repo: nanoFolder({ post_processor: null }), spec: { prompt: PROMPT } });
    expect(result.warnings).toEqual([
      "with all of the prompt left out the model is fed <|startoftext|>, its start-of-text token, alone: the tokeniser puts nothing before a text",
    ]);
    expect(result.conversation[0]?.[0]?.content[0]).toBe("could");
    const ends = await explained({ repo: nanoFolder({ post_processor: null }, { bos_token: null }), spec: { prompt: PROMPT } });
    expect(ends.warnings?.[0]).toMatch(/is fed <\|im_end\|>, its end-of-text token, alone/);
  });

  it("where there is nothing that could be fed, it is refused before anything is asked", async () => {
    const repo = nanoFolder({ post_processor: null }, { bos_token: null, eos_token: null });
    await expect(explained({ repo, spec: { prompt: PROMPT } })).rejects.toThrow(
      /nothing at all would be fed.*neither a start- nor an end-of-text token/,
    );
  });

  it("tells of marks that are fed twice, or after the text", async () => {
    const twice = await explained({ spec: { prompt: "<|startoftext|>turn on the light" } });
    expect(twice.warnings).toEqual(["the prompt begins with <|startoftext|>, which the tokeniser adds, too: it is fed twice"]);
    const token = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
    const post_processor = {
      type: "TemplateProcessing",
      single: [{ Sequence: { id: "A", type_id: 0 } }, token("<|im_end|>")],
      pair: [],
      special_tokens: { "<|im_end|>": { id: "<|im_end|>", ids: [7], tokens: ["<|im_end|>"] } },
    };
    const ended = await explained({ repo: nanoFolder({ post_processor }), spec: { prompt: "turn on the light" } });
    expect(ended.warnings).toEqual(["the tokeniser ends every text with <|im_end|>: the model is fed it before it continues the prompt"]);
    expect(texts(ended)).toEqual(["turn", "on", "the", "light"]);
  });

  it("is not for connectors without such a method", async () => {
    const request = await requestFor({ spec: { prompt: "x" } });
    await expect(
      explain(request, {
        model: { buildPrompt: undefined, identity: { connector: "transformers-text" }, dispose: async () => {} } as never,
      }),
    ).rejects.toThrow(/prompt is not for transformers-text/);
  });
});

describe("a template of the spec's", () => {
  const messages = [{ role: "user" as const, content: "turn on the kitchen light" }];
  const file = (source: string): string => {
    const path = join(temporaryFolder(), "mine.jinja");
    writeFileSync(path, source);
    return path;
  };
  const SHOUT =
    "{% for message in messages %}{{ message['role'] + (loud or '') + ': ' + message['content'] + '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}";

  it("is what the model is fed, with its variables; its content's SHA-256 is among the model's files", async () => {
    const template = file(SHOUT);
    const result = await explained({ repo: nanoFolder(), model: { template, template_kwargs: { loud: "!" } }, spec: { messages } });
    expect(result.conversation.map((turn) => turn.flatMap(({ content }) => content).join(""))).toEqual([
      "<|startoftext|>user!: turn on the kitchen light\n",
      "assistant: turning on the kitchen light<|im_end|>",
    ]);
    expect(result.model.sha256["model.template"]).toMatch(/^[0-9a-f]{64}$/);
    expect(result.spec.resolved.model).toMatchObject({ template: { file: template }, template_kwargs: { loud: "!" } });
    expect(JSON.stringify(redact(result))).not.toContain('"loud": "!"');
  });

  it("changes the payoffs and what is compared, never what was remembered of another", async () => {
    const template = file(SHOUT);
    const plain = await explained({ model: { template }, spec: { messages } });
    const loud = await explained({ model: { template, template_kwargs: { loud: " LOUD" } }, spec: { messages } });
    const own = await explained({ spec: { messages } });
    expect(loud.payoff.full).not.toBe(plain.payoff.full);
    const differ = (a: Result, b: Result) => compareResults({ file: "a", result: a }, { file: "b", result: b }, "1").differ_in;
    expect(differ(plain, loud)).toContain("template");
    expect(differ(plain, own)).toContain("model");
  });

  it("a model without one is refused, and what helps is named", async () => {
    await expect(explained({ repo: nanoFolder(), spec: { messages } })).rejects.toThrow(/has no chat template.*model\.template.*"prompt"/);
  });

  it("a chat made by hand for such a model is plain text, and that is told", async () => {
    const warnings: string[] = [];
    const model = await openModel("transformers-text", { config: { repoId: nanoFolder() }, device: "cpu", threads: 1 });
    model.getNewChat({ onEvent: (event) => event.kind === "warning" && warnings.push(event.message) });
    await model.dispose();
    expect(warnings).toEqual(["this model has no chat template: turns follow each other as plain text"]);
  });

  it("one of the model's own is taken by its name", async () => {
    const chat_template = [
      { name: "default", template: SHOUT },
      { name: "quiet", template: SHOUT.replace("(loud or '')", "'…'") },
    ];
    const result = await explained({ repo: nanoFolder({}, { chat_template }), model: { template: { name: "quiet" } }, spec: { messages } });
    expect(result.conversation[0]?.[0]?.content.join("")).toContain("user…: ");
  });
});

describe("what is easily overlooked in a given answer", () => {
  const warningsFor = async (spec: Asked["spec"]): Promise<readonly string[]> => (await explained({ spec })).warnings ?? [];
  const chat = (answer: string): Asked["spec"] => ({
    messages: [
      { role: "user", content: "turn on the light" },
      { role: "assistant", content: answer },
    ],
  });

  it.each([
    ["turning on the light", []],
    ["turning on the light\n", ['the given answer ends with "\\n", which is scored, too: take it out if it is not meant']],
    [" turning on", ["the given answer begins with a blank, which is scored, too: take it out if it is not meant"]],
    ["  turning on\t", ['the given answer begins with 2 blanks and ends with "\\t", which is scored, too: take it out if it is not meant']],
    ["turning\u00a0on", ["the given answer holds the invisible character U+00A0, which is scored, too: take it out if it is not meant"]],
    ["turning\u200b on", ["the given answer holds the invisible character U+200B, which is scored, too: take it out if it is not meant"]],
    ["turning\non 👩‍👩‍👧", []],
  ])("%j in a chat", async (answer, warnings) => {
    expect(await warningsFor(chat(answer))).toEqual(warnings);
  });

  it.each([
    ["turn on the light", " turning", []],
    ["turn on the light\n", "turning", []],
    [
      "turn on the light",
      "turning",
      ['the answer follows the prompt without a blank, as in "lightturning": begin it with one if that is not meant'],
    ],
    ["turn on the light", ", turning", []],
    ["turn on the light", "  turning", ["the given answer begins with 2 blanks, which is scored, too: take it out if it is not meant"]],
    ["打开灯", "好的", []],
  ])("%j continued by %j", async (prompt, answer, warnings) => {
    expect(await warningsFor({ prompt, answer })).toEqual(warnings);
  });

  it("is visible in the text view, and not trimmed", async () => {
    const result = await explained({ spec: chat(" turning on\t\n") });
    expect(result.response.text).toBe(" turning on\t\n");
    expect(await renderedLater(FORMATS.text, [result])).toContain("given      ␣turning on⇥⏎\n");
  });
});
