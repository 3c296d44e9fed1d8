import { ConnectorError } from "../../../errors.js";
import { idsOf, type Json, listOf, objectOf, onePerPrompt, requireSameIds, scoreOf, strange, textOf } from "../read.js";
import type { Drawing, MessagesProtocol, MessagesScore, Served, ServerMessage } from "../server_kind.js";

/*
 * `/v1/chat/completions`, which all kinds have.
 */

const PATH = "/v1/chat/completions";

async function choiceOf(
  { calls }: Served,
  body: Json,
  signal: AbortSignal | undefined,
): Promise<{ readonly choice: Json; readonly got: Json }> {
  const got = objectOf(await calls.json(PATH, body, signal), "the answer");
  const [choice] = onePerPrompt(got.choices, 1, "choices");
  return { choice: choice as Json, got };
}

/** Tokens of one law at most: OpenAI tells no more. */
const LIKELIEST = 20;
const GREEDY: Drawing = { maxTokens: 1, temperature: 0, topK: null, seed: 0 };

/** @param limit what the longest answer is called. */
export function chatAnswers(sampling: (drawing: Drawing) => Json, limit = "max_tokens"): Pick<MessagesProtocol, "generate" | "likeliest"> {
  const bodyOf = ({ model }: Served, messages: readonly ServerMessage[], drawing: Drawing): Json => ({
    ...{ ...sampling(drawing), model, messages, [limit]: drawing.maxTokens, stream: false },
  });
  return {
    async generate(served, messages, drawing, signal) {
      const { choice } = await choiceOf(served, bodyOf(served, messages, drawing), signal);
      const { content } = objectOf(choice.message, "message");
      if (typeof content !== "string" && content !== null) throw strange("content is no text", choice);
      return { text: content ?? "", ended: choice.finish_reason === "stop" };
    },
    async likeliest(served, messages, signal) {
      const body = { ...bodyOf(served, messages, GREEDY), logprobs: true, top_logprobs: LIKELIEST };
      const { choice } = await choiceOf(served, body, signal);
      const [step] = listOf(objectOf(choice.logprobs, "logprobs").content, "content");
      const rows = listOf(objectOf(step, "the first step").top_logprobs, "top_logprobs").map((row) => objectOf(row, "a token"));
      if (rows.length === 0) throw strange("top_logprobs are empty", choice);
      return rows.map(({ token, logprob }) => ({ text: textOf(token, "token"), logProbability: scoreOf(logprob, "logprob") }));
    },
  };
}

/** vLLM: the answer as a message that is gone on with, and the log-probabilities of the whole prompt. */
export function scoreByPromptLogprobs(sampling: Json): MessagesScore {
  return {
    tokenise: tokeniseAs("prompt"),
    async of(served, messages, answer, signal) {
      const body = {
        ...{ ...sampling, model: served.model, messages: [...messages, closing(answer.text)], max_tokens: 1, stream: false },
        ...{ add_generation_prompt: false, continue_final_message: true, prompt_logprobs: 0, return_token_ids: true },
      };
      const { got } = await choiceOf(served, body, signal);
      const ids = idsOf(got.prompt_token_ids, "prompt_token_ids");
      requireEndsWith(ids, answer.ids);
      const steps = listOf(got.prompt_logprobs, "prompt_logprobs").slice(-answer.ids.length);
      return Float64Array.from(steps, (step, i) => {
        const entry = objectOf(objectOf(step, "a step")[String(answer.ids[i])], "the answer's token");
        return scoreOf(entry.logprob, "logprob");
      });
    },
  };
}

/** llama.cpp: the answer is the only one that a grammar lets through. */
export function scoreByGrammar(sampling: Json, forcing: (ids: Int32Array) => string): MessagesScore {
  return {
    tokenise: tokeniseAs("content"),
    async of(served, messages, { ids }, signal) {
      const body = {
        ...{ ...sampling, model: served.model, messages, max_tokens: ids.length, stream: false },
        ...{ grammar: forcing(ids), logprobs: true, top_logprobs: 1 },
      };
      const { choice } = await choiceOf(served, body, signal);
      const steps = listOf(objectOf(choice.logprobs, "logprobs").content, "content").map((step) => objectOf(step, "a step"));
      requireSameIds(
        steps.map(({ id }) => Number(id)),
        ids,
        choice,
      );
      return Float64Array.from(steps, ({ logprob }) => scoreOf(logprob, "logprob"));
    },
  };
}

const closing = (text: string): ServerMessage => ({ role: "assistant", content: text });

function tokeniseAs(key: "prompt" | "content"): MessagesScore["tokenise"] {
  return async ({ calls, model }, answer, signal) => {
    const own = key === "prompt" ? { model, add_special_tokens: false } : { add_special: false };
    const got = objectOf(await calls.json("/tokenize", { ...own, [key]: answer }, signal), "the answer");
    return idsOf(got.tokens, "tokens");
  };
}

/** Template and answer are tokenised as one text, which may join them. */
function requireEndsWith(ids: Int32Array, answer: Int32Array): void {
  const tail = ids.subarray(ids.length - answer.length);
  if (tail.length === answer.length && tail.every((id, i) => id === answer[i])) return;
  throw new ConnectorError(
    "the server tokenises the answer otherwise behind its chat template than alone, so that it cannot be told which tokens are the answer's: give model.tokenizer, and it is sent ids",
  );
}
