import { TransformersCausalText } from "../../src/connectors/causal_text/model.js";
import { TextPolicy } from "../../src/decoding/text_policy.js";
import { createRng } from "../../src/random.js";
import { type LoadedTokenizer, loadTokenizer } from "../../src/text/load_tokenizer.js";
import { TOKENIZER_FOLDERS } from "./tokenizers.js";

/** The embedded text model as a fake server's weights: what is asked through the server can be asked of it here. */
export interface ServedNano {
  readonly model: TransformersCausalText;
  readonly loaded: LoadedTokenizer;
  /** Of every token but the first, given those before it. */
  logProbabilities(ids: readonly number[]): Promise<readonly number[]>;
  /** Natural log-probability of every token of the vocabulary behind these. */
  law(ids: readonly number[]): Promise<Float64Array>;
  /** Greedy, the end token included. */
  answer(ids: readonly number[], maxTokens: number): Promise<{ readonly ids: readonly number[]; readonly ended: boolean }>;
}

export async function servedNano(): Promise<ServedNano> {
  const model = await TransformersCausalText.load({ config: { repoId: "embedded:nano" }, device: "cpu", threads: 1 });
  const loaded = await loadTokenizer(TOKENIZER_FOLDERS.nano);
  // The engine serves one call at a time.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(call: () => Promise<T>): Promise<T> => {
    const next = last.then(call);
    last = next.catch(() => undefined);
    return next;
  };
  return {
    model,
    loaded,
    logProbabilities: (ids) =>
      inTurn(async () => {
        const [scores] = await model.model.score([Int32Array.from(ids.slice(0, 1))], {
          targets: Int32Array.from(ids.slice(1)),
          sharedPrefix: null,
        });
        return [...(scores as Float64Array)];
      }),
    law: (ids) =>
      inTurn(async () => {
        let law = new Float64Array(0);
        await model.model.force([Int32Array.from(ids)], {
          ...{ continuation: new Int32Array(0), sharedPrefix: null },
          visit: ({ logits, vocabulary, at }) => {
            const start = at(0, 0) * vocabulary;
            const own = Float64Array.from(logits.subarray(start, start + vocabulary));
            const total = Math.log(own.reduce((sum, logit) => sum + Math.exp(logit), 0));
            law = own.map((logit) => logit - total);
          },
        });
        return law;
      }),
    answer: (ids, maxTokens) =>
      inTurn(async () => {
        const policy = new TextPolicy({
          sampling: { temperature: 0, topK: 1 },
          endIds: new Set(loaded.eosIds),
          maxNewTokens: maxTokens,
          tokenIds: loaded.tokenizer.tokenIds,
          answers: null,
          rng: () => createRng(0),
        });
        await model.model.decode([Int32Array.from(ids)], { policy, maxSteps: maxTokens, sharedPrefix: null, onDone: () => undefined });
        const { ids: emitted, finishReason } = policy.output(0);
        return { ids: emitted, ended: finishReason === "stop" };
      }),
  };
}
