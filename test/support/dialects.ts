import type { Asked, Dialect, Reply } from "./fake_server.js";
import type { ServedNano } from "./served_nano.js";

/*
 * Servers by their documented and recorded shapes, with the embedded model behind them. They are fakes: what a real server does is shown
 * by `npm run test:servers`, where one can be started.
 */

const ok = (body: unknown): Reply => ({ status: 200, body });
const bad = (message: string, status = 400): Reply => ({ status, body: { error: { message, type: "BadRequestError", code: status } } });

/** Keys that are not understood are refused, where real servers pass over them in silence. */
function unknownKey(body: object, known: readonly string[]): string | undefined {
  return Object.keys(body).find((key) => !known.includes(key));
}

function isIds(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every((id) => Number.isInteger(id) && id >= 0);
}

function refuseKeys({ body, path }: Asked, known: readonly string[]): Reply | null {
  const unknown = unknownKey(body, known);
  return unknown === undefined ? null : bad(`${path} knows no key ${unknown}`);
}

const NEUTRAL = ["temperature", "top_p", "top_k", "min_p", "repetition_penalty", "presence_penalty", "frequency_penalty"];

/** vLLM 0.32: shapes recorded from a real one. */
export function vllmDialect(nano: ServedNano, { model = "smol", window = 2048 } = {}): Dialect {
  const { tokenizer } = nano.loaded;
  return async (asked) => {
    const { path, body } = asked;
    if (path === "/version") return ok({ version: "0.32.0" });
    if (path === "/v1/models")
      return ok({ object: "list", data: [{ id: model, object: "model", owned_by: "vllm", root: model, max_model_len: window }] });
    if (path === "/tokenize") {
      const refused = refuseKeys(asked, ["model", "prompt", "add_special_tokens"]);
      const tokens = [...tokenizer.encode(body.prompt, { first: true })];
      return refused ?? ok({ count: tokens.length, max_model_len: window, tokens, token_strs: null });
    }
    if (path === "/v1/chat/completions") return await vllmChat(nano, asked);
    if (path !== "/v1/completions") return null;
    const refused = refuseKeys(asked, [
      ...NEUTRAL,
      ...[
        "model",
        "prompt",
        "max_tokens",
        "echo",
        "logprobs",
        "seed",
        "n",
        "add_special_tokens",
        "return_tokens_as_token_ids",
        "return_token_ids",
      ],
    ]);
    if (refused !== null) return refused;
    if (body.model !== model) return bad(`The model \`${body.model}\` does not exist. Valid aliases: ${model}.`, 404);
    if (!Array.isArray(body.prompt) || !body.prompt.every(isIds) || body.prompt.length > 1024) return bad("prompt");
    if (body.max_tokens === 0 && body.echo !== true) return bad("max_tokens must be at least 1");
    const choices = [];
    for (const [index, prompt] of (body.prompt as number[][]).entries()) {
      if (body.echo === true) {
        const values = [null, ...(await nano.logProbabilities(prompt))];
        const tokens = prompt.map((id) => (body.return_tokens_as_token_ids === true ? `token_id:${id}` : tokenizer.decode([id])));
        choices.push({ index, text: "", logprobs: { token_logprobs: values, tokens }, finish_reason: "length", token_ids: [28] });
      } else {
        const { ids, ended } = await nano.answer(prompt, body.max_tokens);
        const token_ids = body.return_token_ids === true ? ids : null;
        choices.push({ index, text: tokenizer.decode(ids), token_ids, finish_reason: ended ? "stop" : "length" });
      }
    }
    return ok({ object: "text_completion", choices, usage: {} });
  };
}

/** Messages rendered and tokenised as the server does it. */
function renderedIds({ loaded }: ServedNano, messages: readonly Message[], opening: boolean): number[] {
  const text = loaded.chatTemplate?.render(messages.map(asText), opening) ?? "";
  return [...loaded.tokenizer.encode(text, { first: true })];
}

type Message = {
  readonly role: "system" | "user" | "assistant";
  readonly content: string | readonly { readonly type: string; readonly text?: string }[];
};

function asText({ role, content }: Message): { readonly role: Message["role"]; readonly content: string } {
  const text = typeof content === "string" ? content : content.map((part) => (part.type === "text" ? (part.text ?? "") : "♪")).join("");
  return { role, content: text };
}

async function chatReply(nano: ServedNano, { body }: Asked, maxTokens: number): Promise<Reply> {
  const prompt = renderedIds(nano, body.messages, true);
  const { ids, ended } = await nano.answer(prompt, maxTokens);
  const content = nano.loaded.tokenizer.decode(ids, { skipSpecialTokens: true });
  if (body.top_logprobs !== undefined && (body.logprobs !== true || body.top_logprobs > 20)) return bad("top_logprobs");
  const logprobs = body.logprobs === true ? { content: [await likeliest(nano, prompt, body.top_logprobs)] } : null;
  const choice = { index: 0, message: { role: "assistant", content }, logprobs, finish_reason: ended ? "stop" : "length" };
  return ok({ choices: [choice], usage: {} });
}

/** The first token of an answer, with the likeliest in its place, as OpenAI documents them. */
async function likeliest(nano: ServedNano, prompt: readonly number[], count: number) {
  const rows = [...(await nano.law(prompt))]
    .map((logprob, id) => ({ token: nano.loaded.tokenizer.decode([id]), logprob, bytes: null }))
    .toSorted((a, b) => b.logprob - a.logprob)
    .slice(0, count);
  return { ...rows[0], top_logprobs: rows };
}

async function vllmChat(nano: ServedNano, asked: Asked): Promise<Reply> {
  const { body } = asked;
  const refused = refuseKeys(asked, [
    ...NEUTRAL,
    ...[
      "model",
      "messages",
      "max_tokens",
      "seed",
      "n",
      "stream",
      "add_generation_prompt",
      "continue_final_message",
      "prompt_logprobs",
      "return_token_ids",
      "logprobs",
      "top_logprobs",
    ],
  ]);
  if (refused !== null) return refused;
  if (body.continue_final_message !== true) return await chatReply(nano, asked, body.max_tokens);
  const { content: answer } = body.messages.at(-1);
  const before = renderedIds(nano, body.messages.slice(0, -1), true);
  const ids = [...before, ...nano.loaded.tokenizer.encode(answer)];
  const values = await nano.logProbabilities(ids);
  return ok({
    choices: [{ index: 0, message: { role: "assistant", content: "." }, finish_reason: "length" }],
    prompt_token_ids: ids,
    prompt_logprobs: [null, ...values.map((logprob, i) => ({ [String(ids[i + 1])]: { logprob, rank: 1, decoded_token: "" } }))],
  });
}

/** SGLang 0.5.23: shapes read in its source. */
export function sglangDialect(nano: ServedNano, { model = "smol", window = 2048 } = {}): Dialect {
  return async (asked) => {
    const { path, body } = asked;
    if (path === "/server_info") return ok({ version: "0.5.23", context_length: window });
    if (path === "/v1/models") return ok({ data: [{ id: model, owned_by: "sglang", root: model, max_model_len: window }] });
    if (path === "/tokenize") return ok({ tokens: [...nano.loaded.tokenizer.encode(body.prompt, { first: true })] });
    if (path !== "/generate") return null;
    const refused = refuseKeys(asked, ["input_ids", "sampling_params", "return_logprob", "logprob_start_len"]);
    if (refused !== null) return refused;
    const unknown = unknownKey(body.sampling_params, [...NEUTRAL, "max_new_tokens", "sampling_seed"]);
    if (unknown !== undefined) return bad(`sampling_params know no ${unknown}`);
    const rows = [];
    for (const [i, ids] of (body.input_ids as number[][]).entries()) {
      if (body.return_logprob === true) {
        const start = body.logprob_start_len[i] as number;
        const values = [null, ...(await nano.logProbabilities(ids))];
        const entries = ids.slice(start).map((id, j) => [j === 0 ? null : values[start + j], id, null]);
        rows.push({ text: "", output_ids: [], meta_info: { input_token_logprobs: entries, finish_reason: { type: "length", length: 0 } } });
      } else {
        const { ids: output_ids, ended } = await nano.answer(ids, body.sampling_params.max_new_tokens);
        const finish_reason = ended ? { type: "stop", matched: output_ids.at(-1) } : { type: "length", length: output_ids.length };
        rows.push({ text: "", output_ids, meta_info: { finish_reason } });
      }
    }
    return ok(rows);
  };
}

/** llama.cpp b11549: shapes recorded from a real one. */
export function llamaDialect(nano: ServedNano, { model = "smol.gguf", window = 2048 } = {}): Dialect {
  const { tokenizer, eosIds } = nano.loaded;
  return async (asked) => {
    const { path, body } = asked;
    if (path === "/props")
      return ok({ build_info: "b11549-cpu", total_slots: 4, default_generation_settings: { n_ctx: window }, chat_template: "" });
    if (path === "/v1/models") return ok({ data: [{ id: model, owned_by: "llamacpp", meta: { n_ctx: window, ftype: "Q4_1" } }] });
    if (path === "/tokenize") {
      const refused = refuseKeys(asked, ["content", "add_special", "parse_special"]);
      return refused ?? ok({ tokens: [...tokenizer.encode(body.content, { first: true })] });
    }
    if (path !== "/completion") return null;
    const refused = refuseKeys(asked, [
      ...["prompt", "n_predict", "n_probs", "temperature", "top_k", "samplers", "seed", "repeat_penalty", "cache_prompt"],
      ...["grammar", "logit_bias", "return_tokens", "response_fields"],
    ]);
    if (refused !== null) return refused;
    const rows = [];
    for (const [index, prompt] of (body.prompt as number[][]).entries()) {
      const forced = typeof body.grammar === "string" ? forcedIds(body.grammar) : body.logit_bias?.map(([id]: [number]) => id);
      if (typeof body.grammar === "string" && forced.some((id: number) => eosIds.includes(id)))
        return bad("Unexpected empty grammar stack", 500);
      if (forced === undefined) {
        const { ids, ended } = await nano.answer(prompt, body.n_predict);
        rows.push({ index, tokens: ids, stop_type: ended ? "eos" : "limit" });
        continue;
      }
      const values = (await nano.logProbabilities([...prompt, ...forced])).slice(prompt.length - 1);
      const completion_probabilities = forced.map((id: number, i: number) => ({ id, token: "", logprob: values[i], top_logprobs: [] }));
      rows.push({ index, tokens: forced, completion_probabilities, stop_type: "limit" });
    }
    return ok(rows.length === 1 ? rows[0] : rows);
  };
}

function forcedIds(grammar: string): number[] {
  if (!/^root ::= (<\[\d+\]> ?)+$/.test(grammar)) throw new Error(`no grammar: ${grammar}`);
  return [...grammar.matchAll(/<\[(\d+)\]>/g)].map(([, id]) => Number(id));
}

/** Chat completions alone, as OpenAI documents them; also LM Studio's and others', by what they call their models. */
export function chatDialect(nano: ServedNano, { model = "chatty", ownedBy = "openai" } = {}): Dialect {
  // LM Studio documents more of them than the others.
  const own = ownedBy === "organization_owner" ? ["top_k", "repeat_penalty"] : [];
  return async (asked) => {
    const { path, body } = asked;
    if (path === "/v1/models") return ok({ object: "list", data: [{ id: model, object: "model", owned_by: ownedBy }] });
    if (path === "/api/version") return ok({ version: "0.14.2" });
    if (path === "/api/tags") return ok({ models: [{ name: model, digest: "ab".repeat(32), details: { quantization_level: "Q4_K_M" } }] });
    if (path !== "/v1/chat/completions") return null;
    const refused = refuseKeys(asked, [
      "model",
      "messages",
      "max_tokens",
      "max_completion_tokens",
      "temperature",
      "top_p",
      "seed",
      "stream",
      "logprobs",
      "top_logprobs",
      ...own,
    ]);
    return refused ?? (await chatReply(nano, asked, body.max_completion_tokens ?? body.max_tokens));
  };
}
