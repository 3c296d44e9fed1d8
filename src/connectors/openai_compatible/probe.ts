import type { OnEvent } from "../../events.js";
import { largestDifference } from "../../repos/server_identity.js";
import type { LoadedTokenizer } from "../../text/load_tokenizer.js";
import { reasonOf } from "../../util/errors.js";
import { RefusedError } from "./http.js";
import type { IdsProtocol, Served } from "./server_kind.js";

/** What a model's weights are known by, and how far two measurements of it lie apart. */
export interface Probe {
  readonly probe: readonly number[];
  readonly noise: number;
}

/** Any text of many tokens would do, as long as it never changes. */
const TEXT = "The quick brown fox jumps over the lazy dog, and 12 sleepy cats look at it from the roof of the old house.";
/** Tokens that the others are measured behind. */
const PROMPT = 2;
const STEPS = 16;
/** No entry of a probe is less: JSON has no infinity. */
const FLOOR = -100;

/**
 * Measures the log-probabilities of a fixed text twice, alone and beside another prompt: what comes back is checked as every answer is.
 * @returns null where the server refuses, with the reason told.
 * @throws ConnectorError where it answers something else than it was asked.
 */
export async function probeIds(
  served: Served,
  protocol: IdsProtocol,
  { tokenizer, eosIds }: LoadedTokenizer,
  onEvent: OnEvent | undefined,
  signal?: AbortSignal,
): Promise<Probe | null> {
  const ids = tokenizer.encode(TEXT, { first: true }).subarray(0, PROMPT + STEPS);
  const [prompt, steps] = [ids.subarray(0, PROMPT), ids.subarray(PROMPT)];
  const answer = { ids: steps, endIds: new Set(eosIds) };
  try {
    const [alone] = await protocol.score(served, [prompt], answer, signal);
    const [beside] = await protocol.score(served, [prompt, ids.toReversed()], answer, signal);
    const [first, second] = [alone, beside].map((scores) => Array.from(scores ?? [], (score) => Math.max(score, FLOOR)));
    return { probe: first as readonly number[], noise: largestDifference(first as readonly number[], second as readonly number[]) };
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    onEvent?.({ kind: "warning", message: `the server does not tell how probable a given answer is: ${reasonOf(error)}` });
    return null;
  }
}

/** Warns where the server makes other tokens of a text than the tokeniser here: ids are sent all the same, so that the results are of these. */
export async function compareTokens(
  served: Served,
  protocol: IdsProtocol,
  { tokenizer, chatTemplate }: LoadedTokenizer,
  onEvent: OnEvent | undefined,
  signal?: AbortSignal,
): Promise<void> {
  const text = rendered(chatTemplate) ?? TEXT;
  const own = tokenizer.encode(text, { first: true });
  let theirs: Int32Array | null;
  try {
    theirs = await protocol.tokenise(served, text, signal);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    onEvent?.({ kind: "log", message: `the server does not tokenise, so that its tokens are not compared: ${reasonOf(error)}` });
    return;
  }
  if (theirs === null) return;
  const at = own.findIndex((id, i) => theirs[i] !== id);
  if (at < 0 && own.length === theirs.length) return;
  const from = at < 0 ? own.length : at;
  const show = (ids: Int32Array): string => JSON.stringify(tokenizer.decode(Array.from(ids.subarray(from, from + 4)).filter(isKnown)));
  const isKnown = (id: number): boolean => id < tokenizer.vocabularySize;
  onEvent?.({
    kind: "warning",
    message: `the server makes other tokens of a text than model.tokenizer, from token ${from} on (${own[from] ?? "none"} here, ${theirs[from] ?? "none"} there, ${show(own)} against ${show(theirs)}): it is sent the ids of model.tokenizer; see that this is the model's own`,
  });
}

function rendered(template: LoadedTokenizer["chatTemplate"]): string | null {
  try {
    return template?.render([{ role: "user", content: TEXT }], true) ?? null;
  } catch {
    // What it wants of a conversation is told when one is there.
    return null;
  }
}
