import { expect, test } from "vitest";
import { LiquidPolicy } from "../../src/connectors/speech/families/lfm2/policy.js";
import type { Sampling } from "../../src/decoding/sampling.js";
import type { Step, StepPolicy } from "../../src/decoding/step_policy.js";
import { TextPolicy } from "../../src/decoding/text_policy.js";
import { createRng } from "../../src/random.js";
import type { TokenIds } from "../../src/text/token_ids.js";

const VOCABULARY = 8;
/** Two rows, of which padding ids (6, 7) and a hole (1) are the likeliest. */
const step = (): Step => ({
  requests: [0, 1],
  vectors: [0, 1],
  logits: Float32Array.of(0, 50, 1, 3, 2, 0, 99, 98, 5, 50, 1, 3, 2, 0, 98, 99),
  vocabulary: VOCABULARY,
  hidden: null,
});
const TOKENS: TokenIds = { end: 6, unused: [1] };
const GREEDY: Sampling = { temperature: 0, topK: 1 };
const HOT: Sampling = { temperature: 50, topK: null };

const common = (text: Sampling) => ({
  endIds: new Set<number>(),
  maxNewTokens: 9,
  rng: () => createRng("rows"),
  answers: null,
  sampling: text,
});
const textPolicy = (text: Sampling, tokenIds?: TokenIds): StepPolicy =>
  new TextPolicy({ ...common(text), ...(tokenIds === undefined ? {} : { tokenIds }) });
const liquidPolicy = (text: Sampling, tokenIds?: TokenIds): StepPolicy =>
  new LiquidPolicy({
    ...common(text),
    ...(tokenIds === undefined ? {} : { tokenIds }),
    ...{ mode: "sequential", ids: { turnEnd: 100, audioStart: 101, textEnd: 102 }, interleavedText: 1, interleavedAudio: 1, codebooks: 1 },
    text,
    audio: text,
    frames: async () => new Int32Array(0),
    frameId: () => -1,
  });

test.each([
  ["text", textPolicy],
  ["liquid", liquidPolicy],
] as const)("%s: ids without a token are not drawn, greedy or sampled", async (_, policy) => {
  expect([...(await policy(GREEDY, TOKENS).advance(step()))]).toEqual([3, 0]);
  expect([...(await policy(GREEDY).advance(step()))]).toEqual([6, 7]);
  const hot = policy(HOT, TOKENS);
  const drawn = new Set<number>();
  for (let i = 0; i < 8; i++) for (const id of await hot.advance(step())) drawn.add(id);
  expect([...drawn].every((id) => [0, 2, 3, 4, 5].includes(id))).toBe(true);
  expect(drawn.size).toBeGreaterThan(2);
});
