import {
  countOrNull,
  idsOf,
  type Json,
  listOf,
  objectOf,
  objectOrEmpty,
  onePerPrompt,
  requireSameIds,
  scoreOf,
  textOrNull,
} from "../read.js";
import { type Drawing, defineServerKind, type IdsProtocol, NO_FACTS, type ScoredAnswer, type Served } from "../server_kind.js";
import { chatAnswers, scoreByGrammar } from "./chat.js";

/** Only what is named here is applied, in this order. */
function sampling({ temperature, topK, seed }: Drawing): Json {
  const drawn = topK === null ? { samplers: ["temperature"] } : { samplers: ["top_k", "temperature"], top_k: topK };
  return { ...drawn, temperature, seed, repeat_penalty: 1, cache_prompt: true };
}

const GREEDY: Drawing = { maxTokens: 0, temperature: 0, topK: null, seed: 0 };

/** Fields of an answer that are read; the others hold the prompt again. */
const FIELDS = ["index", "tokens", "completion_probabilities", "stop_type"];

/** Adding this much to a logit leaves no other token a chance; the probability that is told is that without it. */
const CERTAIN = 1000;

/** A grammar that lets these tokens through and nothing else. */
function forcing(ids: Int32Array): string {
  return `root ::= ${Array.from(ids, (id) => `<[${id}]>`).join(" ")}`;
}

async function completions({ calls }: Served, prompts: readonly Int32Array[], body: Json, signal?: AbortSignal): Promise<readonly Json[]> {
  const got = await calls.json("/completion", { ...body, prompt: prompts.map((prompt) => [...prompt]), response_fields: FIELDS }, signal);
  return onePerPrompt(Array.isArray(got) ? got : [got], prompts.length, "answers");
}

/** The probabilities of tokens that were forced. */
function forcedScores(row: Json, ids: Int32Array): Float64Array {
  const steps = listOf(row.completion_probabilities, "completion_probabilities").map((step) => objectOf(step, "a step"));
  requireSameIds(
    steps.map(({ id }) => Number(id)),
    ids,
    row,
  );
  requireSameIds(idsOf(row.tokens, "tokens"), ids, row);
  return Float64Array.from(steps, ({ logprob }) => scoreOf(logprob, "logprob"));
}

/** The answer without the token that ends it, which no grammar lets through, and that token. */
function parted({ ids, endIds }: ScoredAnswer): { readonly body: Int32Array; readonly end: Int32Array } {
  const at = endIds.has(ids.at(-1) ?? -1) ? ids.length - 1 : ids.length;
  return { body: ids.subarray(0, at), end: ids.subarray(at) };
}

const ids: IdsProtocol = {
  async score(served, prompts, answer, signal) {
    const { body, end } = parted(answer);
    const common = { ...sampling(GREEDY), n_probs: 1, return_tokens: true };
    const scores = prompts.map(() => new Float64Array(answer.ids.length));
    if (body.length > 0) {
      const rows = await completions(served, prompts, { ...common, n_predict: body.length, grammar: forcing(body) }, signal);
      rows.forEach((row, i) => {
        scores[i]?.set(forcedScores(row, body));
      });
    }
    if (end.length === 0) return scores;
    const behind = prompts.map((prompt) => Int32Array.from([...prompt, ...body]));
    const rows = await completions(served, behind, { ...common, n_predict: 1, logit_bias: [[end[0], CERTAIN]] }, signal);
    rows.forEach((row, i) => {
      scores[i]?.set(forcedScores(row, end), body.length);
    });
    return scores;
  },

  async generate(served, prompts, drawing, signal) {
    const rows = await completions(served, prompts, { ...sampling(drawing), n_predict: drawing.maxTokens, return_tokens: true }, signal);
    return rows.map((row) => ({ ids: idsOf(row.tokens, "tokens"), ended: row.stop_type === "eos" }));
  },

  async tokenise({ calls }, text, signal) {
    const got = objectOf(await calls.json("/tokenize", { content: text, add_special: false, parse_special: true }, signal), "the answer");
    return idsOf(got.tokens, "tokens");
  },

  refusal(answer, cutsCharacter) {
    const { body } = parted(answer);
    if (body.some((id) => answer.endIds.has(id))) return "there is an end token inside of it, which llama.cpp cannot be made to say";
    if (body.some(cutsCharacter))
      return "a token of it ends in the middle of a character, of which llama.cpp tells no probability (emoji and rare scripts)";
    return null;
  },
};

export const llamacpp = defineServerKind({
  name: "llamacpp",
  title: "llama.cpp",
  ownedBy: ["llamacpp"],
  chunk: 16,
  concurrency: 1,
  promise: "llama.cpp says that reading its prompt cache may change bits on some devices",
  async about({ calls, listed }, signal) {
    const props = objectOf(await calls.json("/props", null, signal), "the server's properties");
    const [meta, ofSlot] = [objectOrEmpty(listed.meta), objectOrEmpty(props.default_generation_settings)];
    return {
      ...NO_FACTS,
      version: textOrNull(props.build_info),
      // Its slots share the context.
      window: countOrNull(ofSlot.n_ctx) ?? countOrNull(meta.n_ctx),
      dtype: textOrNull(meta.ftype) ?? textOrNull(props.model_ftype),
      slots: countOrNull(props.total_slots),
    };
  },
  ids,
  messages: {
    ...chatAnswers(sampling),
    score: scoreByGrammar(sampling(GREEDY), forcing),
    sound: "float32",
    cutsTopK: true,
  },
});
