import { ConnectorError } from "../errors.js";
import type { DecoderEngine } from "./engine.js";
import { logProbability } from "./sampling.js";

/** Answers that part at one token. */
export interface Parted {
  /** What all of them begin with. */
  readonly start: Int32Array;
  /** The one token of each that follows. */
  readonly ids: Int32Array;
}

/**
 * Where answers of one token each part; some tokenisers put a token of its own in front of all of them.
 * @param named what the answers are, for the message.
 * @throws ConnectorError where one takes several tokens beyond those that all begin with, or two are the same.
 */
export function partedAtOneToken(answers: readonly Int32Array[], named: readonly string[]): Parted {
  const [first = new Int32Array(0)] = answers;
  const at = first.length - 1;
  const alike = (ids: Int32Array): boolean => ids.length === first.length && ids.subarray(0, at).every((id, i) => id === first[i]);
  const ids = Int32Array.from(answers, (answer) => answer[at] ?? -1);
  const odd = answers.findIndex((answer) => answer.length === 0 || !alike(answer));
  if (odd >= 0 || new Set(ids).size < ids.length) {
    const told = named.map((name, i) => `${JSON.stringify(name)}: ${answers[i]?.length ?? 0}`).join(", ");
    throw new ConnectorError(
      `its tokeniser does not make one token of each of them (tokens of ${told}), so that no next token chooses among them`,
    );
  }
  return { start: first.subarray(0, at), ids };
}

export interface ChoiceOptions extends Parted {
  readonly sharedPrefix: number | null;
  readonly branch?: number | null | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onResult?: ((request: number, logProbabilities: Float64Array) => void) | undefined;
}

/** Natural log-probability of each of `ids` as the token behind each prompt and `start`, over the whole vocabulary, in one pass a prompt. */
export async function scoreChoices(
  engine: Pick<DecoderEngine, "force">,
  prompts: readonly Int32Array[],
  { start, ids, sharedPrefix, branch, signal, onResult }: ChoiceOptions,
): Promise<readonly Float64Array[]> {
  const scores = prompts.map(() => new Float64Array(ids.length));
  await engine.force(prompts, {
    ...{ continuation: start, sharedPrefix, branch, signal },
    visit: ({ requests, first, count, logits, vocabulary, at }) => {
      const step = start.length - first;
      if (step < 0 || step >= count) return;
      requests.forEach((request, row) => {
        const law = at(row, step) * vocabulary;
        scores[request] = Float64Array.from(ids, (id) => logProbability(logits, law, vocabulary, id));
      });
    },
    onDone: (request) => onResult?.(request, scores[request] as Float64Array),
  });
  return scores;
}
