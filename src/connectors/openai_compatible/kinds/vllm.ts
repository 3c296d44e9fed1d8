import { countOrNull, idsOf, type Json, listOf, objectOf, onePerPrompt, requireSameIds, scoreOf, strange, textOrNull } from "../read.js";
import { type Drawing, defineServerKind, type IdsProtocol, NO_FACTS } from "../server_kind.js";
import { chatAnswers, scoreByPromptLogprobs } from "./chat.js";

/** Every setting is sent: what is missing comes from the model's generation_config.json, which is not neutral. */
function sampling({ temperature, topK, seed }: Drawing): Json {
  return {
    ...{ temperature, top_k: topK ?? 0, seed },
    ...{ top_p: 1, min_p: 0, repetition_penalty: 1, presence_penalty: 0, frequency_penalty: 0, n: 1 },
  };
}

const GREEDY: Drawing = { maxTokens: 0, temperature: 0, topK: null, seed: 0 };

/** The id in `token_id:N`. */
function idNamed(token: unknown): number {
  return typeof token === "string" && token.startsWith("token_id:") ? Number(token.slice("token_id:".length)) : Number.NaN;
}

const ids: IdsProtocol = {
  async score({ calls, model }, prompts, answer, signal) {
    const body = {
      ...sampling(GREEDY),
      ...{ model, prompt: prompts.map((prompt) => [...prompt, ...answer.ids]), max_tokens: 0, echo: true, logprobs: 0 },
      ...{ add_special_tokens: false, return_tokens_as_token_ids: true },
    };
    const got = objectOf(await calls.json("/v1/completions", body, signal), "the answer");
    return onePerPrompt(got.choices, prompts.length, "choices").map((choice, i) => {
      const { token_logprobs, tokens } = objectOf(choice.logprobs, "logprobs");
      const start = (prompts[i] as Int32Array).length;
      const length = start + answer.ids.length;
      const [values, names] = [listOf(token_logprobs, "token_logprobs"), listOf(tokens, "tokens")];
      if (values.length !== length || names.length !== length)
        throw strange(`${values.length} log-probabilities of ${length} tokens`, choice);
      requireSameIds(names.slice(start).map(idNamed), answer.ids, names.slice(start));
      return Float64Array.from(values.slice(start), (value) => scoreOf(value, "a log-probability"));
    });
  },

  async generate({ calls, model }, prompts, drawing, signal) {
    const prompt = prompts.map((one) => [...one]);
    const body = {
      ...sampling(drawing),
      ...{ model, prompt, max_tokens: drawing.maxTokens, add_special_tokens: false, return_token_ids: true },
    };
    const got = objectOf(await calls.json("/v1/completions", body, signal), "the answer");
    return onePerPrompt(got.choices, prompts.length, "choices").map((choice) => ({
      ids: idsOf(choice.token_ids, "token_ids"),
      ended: choice.finish_reason === "stop",
    }));
  },

  async tokenise({ calls, model }, text, signal) {
    const got = objectOf(await calls.json("/tokenize", { model, prompt: text, add_special_tokens: false }, signal), "the answer");
    return idsOf(got.tokens, "tokens");
  },
};

export const vllm = defineServerKind({
  name: "vllm",
  title: "vLLM",
  ownedBy: ["vllm"],
  chunk: 32,
  concurrency: 2,
  promise:
    "vLLM promises equal bits whatever is asked together only with VLLM_BATCH_INVARIANT=1 on GPUs that have it; the prefix cache is not read where log-probabilities of prompts are asked for",
  about: async ({ calls, listed }, signal) => ({
    ...NO_FACTS,
    version: textOrNull(objectOf(await calls.json("/version", null, signal), "the version").version),
    window: countOrNull(listed.max_model_len),
  }),
  ids,
  messages: {
    ...chatAnswers(sampling),
    score: scoreByPromptLogprobs(sampling(GREEDY)),
    // libsndfile and FFmpeg read both: nothing of a masked wave is rounded.
    sound: "float32",
    cutsTopK: true,
  },
});
