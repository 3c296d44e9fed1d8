import { countOrNull, idsOf, type Json, listOf, objectOf, onePerPrompt, requireSameIds, scoreOf, strange, textOrNull } from "../read.js";
import { type Drawing, defineServerKind, type IdsProtocol, NO_FACTS } from "../server_kind.js";
import { chatAnswers } from "./chat.js";

function sampling({ temperature, topK }: Drawing): Json {
  return { temperature, top_k: topK ?? -1, top_p: 1, min_p: 0, repetition_penalty: 1, presence_penalty: 0, frequency_penalty: 0 };
}

const GREEDY: Drawing = { maxTokens: 0, temperature: 0, topK: null, seed: 0 };

const ids: IdsProtocol = {
  /** The entry at `logprob_start_len` itself is null, hence one before the answer; up to there the prefix cache is read. */
  async score({ calls }, prompts, answer, signal) {
    const body = {
      input_ids: prompts.map((prompt) => [...prompt, ...answer.ids]),
      sampling_params: { ...sampling(GREEDY), max_new_tokens: 0 },
      return_logprob: true,
      logprob_start_len: prompts.map(({ length }) => length - 1),
    };
    const rows = onePerPrompt(await calls.json("/generate", body, signal), prompts.length, "answers");
    return rows.map((row) => {
      const all = listOf(objectOf(row.meta_info, "meta_info").input_token_logprobs, "input_token_logprobs");
      if (all.length < answer.ids.length) throw strange(`${all.length} numbers for an answer of ${answer.ids.length} tokens`, row);
      const steps = all.slice(-answer.ids.length).map((step) => listOf(step, "a log-probability with its token"));
      requireSameIds(
        steps.map(([, id]) => Number(id)),
        answer.ids,
        row,
      );
      return Float64Array.from(steps, ([value]) => scoreOf(value, "a log-probability"));
    });
  },

  async generate({ calls }, prompts, drawing, signal) {
    const { maxTokens, seed } = drawing;
    const body = {
      input_ids: prompts.map((one) => [...one]),
      sampling_params: { ...sampling(drawing), max_new_tokens: maxTokens, sampling_seed: seed },
    };
    const rows = onePerPrompt(await calls.json("/generate", body, signal), prompts.length, "answers");
    return rows.map((row) => {
      const reason = objectOf(objectOf(row.meta_info, "meta_info").finish_reason, "finish_reason");
      return { ids: idsOf(row.output_ids, "output_ids"), ended: reason.type === "stop" };
    });
  },

  async tokenise({ calls, model }, text, signal) {
    const got = objectOf(await calls.json("/tokenize", { model, prompt: text, add_special_tokens: false }, signal), "the answer");
    return idsOf(got.tokens, "tokens");
  },
};

export const sglang = defineServerKind({
  name: "sglang",
  title: "SGLang",
  ownedBy: ["sglang"],
  chunk: 32,
  concurrency: 2,
  promise: "SGLang promises equal bits whatever is asked together only with --enable-deterministic-inference",
  async about({ calls, listed }, signal) {
    const info = objectOf(await calls.json("/server_info", null, signal), "the server's facts");
    return {
      ...NO_FACTS,
      version: textOrNull(info.version),
      window: countOrNull(listed.max_model_len) ?? countOrNull(info.context_length),
    };
  },
  ids,
  messages: {
    ...chatAnswers(({ seed, ...drawing }) => ({ ...sampling({ seed, ...drawing }), seed })),
    score: null,
    sound: "pcm16",
    cutsTopK: true,
  },
});
