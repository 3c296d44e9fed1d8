import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Role } from "../src/chat/enums.js";
import type { ModelResponse } from "../src/chat/model_response.js";
import type { Chat } from "../src/chat/types.js";
import type { TransformersTextChat } from "../src/connectors/causal_text/chat.js";
import { openModel } from "../src/connectors/registry.js";
import type { Model } from "../src/connectors/types.js";
import { ContextError } from "../src/errors.js";
import type { RunEvent } from "../src/events.js";
import { requestOf, STRICT } from "../src/spec/load.js";
import type { SpecInput } from "../src/spec/schema.js";
import { explain } from "../src/tasks/explain.js";
import { inspect } from "../src/tasks/inspect.js";
import { INSPECTION_FORMATS } from "../src/views/inspection.js";
import { folderWith, run } from "./cli/run.js";
import { TINY } from "./support/decoder_files.js";
import { writeLiquidFolder } from "./support/liquid_folder.js";
import { rendered } from "./support/render.js";
import { writeWideTextFolder } from "./support/wide_text_folder.js";

const WINDOW = 60;
const SPEECH = readFileSync(new URL("../fixtures/audio/speech.flac", import.meta.url));
const NEVER_ENDS = { ...TINY, vocabulary: 855, layers: ["attention", "attention"], positionIds: true } as const;

const request = (folder: string, rest: Partial<SpecInput>, connector: SpecInput["model"]["connector"] = "transformers-text") =>
  requestOf({ model: { connector, repo: folder, device: "cpu" }, messages: [], ...rest }, folder, {
    policy: { ...STRICT, allowOutside: true },
  });

const user = (content: string) => ({ role: "user", content }) as const;
const words = (count: number): string => Array.from({ length: count }, () => "light").join(" ");

describe("text", () => {
  const folder = { path: "" };
  let model: Model;
  /** Tokens of the conversation besides its words. */
  let around = 0;

  beforeAll(async () => {
    folder.path = writeWideTextFolder(NEVER_ENDS, { max_position_embeddings: WINDOW }, folderWith({}));
    model = await openModel("transformers-text", { config: { repoId: folder.path }, device: "cpu" });
    around = (await chatOf(words(1))).inputTokensNum - 1;
  });
  afterAll(() => model.dispose());

  const chatOf = (text: string): Promise<Chat> => model.buildChat([{ role: "user", content: [{ kind: "text", text }] }]);

  test("a conversation beyond the window is refused with both numbers, before any pass", async () => {
    const passes = model.usage.passes;
    const used = WINDOW + 1;
    const asked = await request(folder.path, { messages: [user(words(used - around))] });
    const wanted = new ContextError(`the conversation takes ${used} tokens, but the model's context window is ${WINDOW}`);
    await expect(explain(asked, { model })).rejects.toThrow(wanted);
    await expect(inspect(asked, { model })).rejects.toThrow(wanted);
    await expect(model.generateBatch([await chatOf(words(used - around))])).rejects.toThrow(wanted);
    expect(wanted.exitCode).toBe(2);
    expect(model.usage.passes).toBe(passes);
  });

  test("an answer has the room that is left, for every coalition, and a warning says so", async () => {
    const messages = [user(words(WINDOW - around - 5))];
    const spec = { messages, explain: { payoff: { kind: "tfidf" }, sampler: "kernel", budget: 100 } } as const;
    const answers: ModelResponse[] = [];
    const spied: Model = Object.create(model, {
      generateBatch: {
        value: async (...[chats, options]: Parameters<Model["generateBatch"]>) => {
          const given = await model.generateBatch(chats, options);
          answers.push(...given);
          return given;
        },
      },
    });
    const { response, warnings } = await explain(await request(folder.path, spec), { model: spied });
    expect(response).toMatchObject({ finish_reason: "length" });
    expect(response.tokens).toHaveLength(5);
    expect(answers.length).toBeGreaterThan(20);
    expect(new Set(answers.map(({ generatedTextTokens }) => generatedTextTokens.length))).toEqual(new Set([5]));
    expect(warnings).toContain(
      `the conversation takes 55 of the ${WINDOW} tokens of the model's context window: an answer has room for 5 tokens, fewer than generation.max_new_tokens = 128`,
    );
  });

  test("chats answered together have each the room of its own", async () => {
    const chats = [await chatOf(words(WINDOW - around - 3)), await chatOf(words(WINDOW - around - 9))];
    const answers = await model.generateBatch(chats);
    expect(answers.map(({ generatedTextTokens }) => generatedTextTokens.length)).toEqual([3, 9]);
  });

  test("a chat made by hand counts with the opening of the answer, as it is fed", async () => {
    const chat = model.getNewChat() as TransformersTextChat;
    chat.newTurn(Role.USER);
    chat.addText(words(WINDOW - around));
    chat.endTurn();
    expect(chat.inputTokensNum).toBeLessThan(WINDOW);
    expect(model.contextUse?.(chat)).toEqual({ used: WINDOW, window: WINDOW });
    await expect(model.generateBatch([chat])).rejects.toThrow(ContextError);
    await expect(model.score([chat], model.encodeResponse("light"))).rejects.toThrow(ContextError);
  });

  test("a given answer must fit as well", async () => {
    const messages = (answer: number) => [user(words(10)), { role: "assistant", content: words(answer) } as const];
    const most = WINDOW - around - 10;
    const fits = await explain(await request(folder.path, { messages: messages(most) }), { model });
    expect((fits.warnings ?? []).filter((warning) => warning.includes("window"))).toEqual([]);
    const message = `the conversation takes ${around + 10} of the ${WINDOW} tokens of the model's context window: no room for the answer of ${most + 1}`;
    await expect(explain(await request(folder.path, { messages: messages(most + 1) }), { model })).rejects.toThrow(message);
    await expect(model.score([await chatOf(words(10))], model.encodeResponse(words(most + 1)))).rejects.toThrow(message);
  });

  test("inspect tells how much of the window is used", async () => {
    const asked = await request(folder.path, { messages: [user(words(3))] });
    const inspection = await inspect(asked, { model, cost: false });
    expect(inspection.context).toEqual({ used: around + 3, window: WINDOW });
    expect(rendered(INSPECTION_FORMATS.text, [inspection])).toContain(`\ncontext  ${around + 3} of ${WINDOW} tokens\n`);
  });

  test("where the configuration states nothing, nothing is refused", async () => {
    const open = await openModel("transformers-text", { config: { repoId: writeWideTextFolder(NEVER_ENDS) }, device: "cpu" });
    const asked = await request(folder.path, { messages: [user(words(100))], generation: { max_new_tokens: 2 } });
    expect((await inspect(asked, { model: open, cost: false })).context).toBeNull();
    const long = await open.buildChat([{ role: "user", content: [{ kind: "text", text: words(100) }] }]);
    expect((await open.generateBatch([long], { maxNewTokens: 2 }))[0]?.generatedTextTokens).toHaveLength(2);
    await open.dispose();
  });
});

test("LFM2-Audio: every 80 ms of sound take a position", async () => {
  const lfm = { vocab_size: 855, hidden_size: 16, max_position_embeddings: WINDOW };
  const path = writeLiquidFolder({ config: { lfm } });
  const model = await openModel("liquid-audio", { config: { repoId: path }, device: "cpu" });
  const chat = await model.buildChat([{ role: "user", content: [{ kind: "audio", bytes: SPEECH, format: "flac", transcript: null }] }]);
  const use = model.contextUse?.(chat);
  expect(use).toEqual({ used: chat.inputTokensNum, window: WINDOW });
  const room = WINDOW - chat.inputTokensNum;
  expect(room).toBeGreaterThan(0);
  const [answer] = await model.generateBatch([chat]);
  expect(answer?.generatedModalityFlag).toHaveLength(room);
  const before = model.usage.passes;
  const asked = await request(path, { messages: [user(words(100))] }, "liquid-audio");
  const events: RunEvent[] = [];
  await expect(explain(asked, { model, onEvent: (event) => events.push(event) })).rejects.toThrow(/takes 1\d\d tokens, but .* is 60$/);
  expect(model.usage.passes).toBe(before);
  await model.dispose();
});

test("the command line: one line, exit code 2", async () => {
  const path = writeWideTextFolder(NEVER_ENDS, { n_positions: WINDOW });
  const spec = `model: {connector: transformers-text, repo: .}\nmessages:\n  - {role: user, content: ${words(200)}}\n`;
  const refused = await run(["explain", "-"], { cwd: path, input: spec });
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toMatch(/^mllm-shap: the conversation takes 2\d\d tokens, but the model's context window is 60\n$/);
  const { stdout } = await run(["inspect", "-", "--no-cost"], { cwd: path, input: spec.replace(words(200), "light") });
  const { context, tokens } = JSON.parse(stdout);
  expect(context).toEqual({ used: tokens.length, window: WINDOW });
});
