import { TransformersTextChat } from "../../src/connectors/causal_text/chat.js";
import { TransformersCausalText } from "../../src/connectors/causal_text/model.js";
import { findTextRepo } from "../../src/connectors/causal_text/open.js";
import { requestOf } from "../../src/spec/load.js";
import type { SpecInput } from "../../src/spec/schema.js";
import { openRun } from "../../src/tasks/open_run.js";
import { loadTokenizer } from "../../src/text/load_tokenizer.js";
import { coalitionAt } from "../shared/coalition_at.js";

/** Something to explain, exactly. */
export interface Work {
  readonly name: string;
  readonly spec: SpecInput;
  readonly payoff: "likelihood" | "tfidf";
}

/** What loops are given of a work: the prompts of all coalitions, the whole one last. */
export interface Prompts {
  readonly prompts: readonly (readonly number[])[];
  readonly maxNewTokens: number;
  readonly endIds: readonly number[];
  /** Relative to the folder. */
  readonly graph: string;
  /** Ids below it may be fed. */
  readonly vocabulary: number;
}

/** Of an answer. */
export const MAX_NEW_TOKENS = 32;
const QUESTION = "What is the capital city of France?";
/** About 500 tokens of most tokenisers. */
const RULES = Array.from({ length: 36 }, (_, i) => `Rule ${i + 1}: answer in plain words, be brief, name your sources.`).join(" ");

/** What is asked of a model that reads, and how it is explained. */
export interface Question extends Pick<Work, "name" | "payoff"> {
  readonly question: string;
  readonly system: string | null;
  /** @default exact */
  readonly sampler?: "exact" | "auto";
  /** Coalitions. @default all */
  readonly budget?: number;
  /** Tokens of an answer. @default 32 */
  readonly maxNewTokens?: number;
}

export function workOf(folder: string, { name, payoff, question, system, sampler = "exact", budget, maxNewTokens }: Question): Work {
  return {
    name,
    payoff,
    spec: {
      version: 1,
      model: { connector: "transformers-text", repo: folder, dtype: "auto" },
      messages: [...(system === null ? [] : [{ role: "system" as const, content: system }]), { role: "user", content: question }],
      generation: { max_new_tokens: maxNewTokens ?? MAX_NEW_TOKENS },
      explain: { players: "word", sampler, payoff, ...(budget === undefined ? {} : { budget }) },
    },
  };
}

export function works(folder: string, quick: boolean): readonly Work[] {
  const work = (name: string, payoff: Work["payoff"], question: string, system: string | null): Work =>
    workOf(folder, { name, payoff, question, system });
  if (quick)
    return [work("`likelihood`, 4 words", "likelihood", "turn on the light", null), work("`tfidf`, 3 words", "tfidf", "turn on it", null)];
  return [
    work("`likelihood`, 7 words", "likelihood", QUESTION, null),
    work("`likelihood`, 7 words behind a system message of about 500 tokens", "likelihood", QUESTION, RULES),
    work("`tfidf` of generated answers, 5 words", "tfidf", "Name the capital of France", null),
  ];
}

/** The very ids that a run feeds. */
export async function promptsOf({ spec }: Work, folder: string): Promise<Prompts> {
  const model = await TransformersCausalText.load({ config: { repoId: folder }, device: "cpu" });
  try {
    await using run = await openRun(await requestOf(spec, "/"), { model });
    const n = run.players.length;
    const { masked } = run.chat.playable(run.groupIds);
    const prompts = Array.from({ length: 2 ** n }, (_, m) => {
      const chat = masked(coalitionAt(m, n));
      if (!(chat instanceof TransformersTextChat)) throw new Error("not a chat of text");
      return [...chat.promptIds];
    });
    const { graph } = await findTextRepo({ config: { repoId: folder } });
    const { eosIds, tokenizer } = await loadTokenizer(folder, {});
    return { prompts, maxNewTokens: MAX_NEW_TOKENS, endIds: [...eosIds], graph, vocabulary: tokenizer.vocabularySize };
  } finally {
    await model.dispose();
  }
}
