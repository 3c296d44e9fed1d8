import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { TransformersCausalText } from "../../src/connectors/causal_text/model.js";
import { createRng, permutation } from "../../src/random.js";
import type { DecoderShape } from "../../test/support/decoder_graph.js";
import { coalitionAt } from "./coalition_at.js";
import { RANDOM_28M, SAME_ANSWERS, writeModelFolder } from "./random_model.js";

/** Masked chats of one explanation, each different one once, and how they are answered. */
export interface Workload {
  readonly name: string;
  /** With `onnx/model.onnx` and `config.json`. */
  readonly folder: string;
  readonly vocabulary: number;
  readonly prompts: readonly Int32Array[];
  /** Tokens that all prompts start with. */
  readonly sharedPrefix: number;
  readonly endIds: readonly number[];
  readonly maxNewTokens: number;
  /** Coalitions played; more than the prompts where some keep the same tokens. */
  readonly coalitions: number;
}

export const WORKLOADS = {
  "nano, exact, 11 words": (cache: string) => nanoExact(cache, "hello please could you turn on the kitchen light right now"),
  "nano, permutation, 60 words": (cache: string) => nanoPermutation(cache, 60, 1024),
  "28 M, exact, 10 tokens, 24 new": (cache: string) => randomExact(cache, "28m", RANDOM_28M, { players: 10, maxNewTokens: 24, prefix: 12 }),
  "28 M, exact, 10 tokens after 400": (cache: string) =>
    randomExact(cache, "28m", RANDOM_28M, { players: 10, maxNewTokens: 8, prefix: 400 }),
  "28 M, long answers that repeat": (cache: string) =>
    randomExact(cache, "28m-same", SAME_ANSWERS, { players: 8, maxNewTokens: 64, prefix: 12 }),
} as const satisfies Record<string, (cache: string) => Promise<Workload> | Workload>;

const NANO = resolve("fixtures/models/nano/text");

async function nanoExact(_cache: string, text: string): Promise<Workload> {
  const players = text.split(" ").length;
  const coalitions = Array.from({ length: 2 ** players }, (_, m) => coalitionAt(m, players));
  return await nano("nano, exact, 11 words", text, coalitions);
}

/** Chains of growing coalitions, as the permutation sampler plays them. */
async function nanoPermutation(_cache: string, players: number, budget: number): Promise<Workload> {
  const words = "turn on the kitchen light and tell me what color is the sky please now".split(" ");
  const rng = createRng(1);
  const text = Array.from({ length: players }, () => words[rng.int(words.length)]).join(" ");
  const coalitions: Uint8Array[] = [new Uint8Array(players), new Uint8Array(players).fill(1)];
  while (coalitions.length < budget) {
    const now = new Uint8Array(players);
    for (const player of permutation(players, rng)) {
      now[player] = 1;
      coalitions.push(now.slice());
    }
  }
  return await nano("nano, permutation, 60 words", text, coalitions.slice(0, budget));
}

async function nano(name: string, text: string, coalitions: readonly Uint8Array[]): Promise<Workload> {
  const model = await TransformersCausalText.load({ config: { repoId: NANO }, device: "cpu", threads: 1 });
  const chat = await model.buildChat([{ role: "user", content: [{ kind: "text", text }] }]);
  if (chat.playersNum !== coalitions[0]?.length)
    throw new Error(`${name}: ${chat.playersNum} tokens are players, not ${coalitions[0]?.length}`);
  const masked = coalitions.map((coalition) => chat.withPlayers(coalition));
  const prompts = [...new Map(masked.map((one) => [one.fingerprint, one.inputTokens])).values()];
  await model.dispose();
  return {
    name,
    folder: NANO,
    vocabulary: 855,
    prompts,
    sharedPrefix: chat.shapValuesMask.indexOf(1),
    endIds: [7],
    maxNewTokens: 24,
    coalitions: coalitions.length,
  };
}

interface Exact {
  readonly players: number;
  readonly maxNewTokens: number;
  readonly prefix: number;
}

function randomExact(cache: string, folder: string, shape: DecoderShape, { players, maxNewTokens, prefix }: Exact): Workload {
  const path = `${cache}/${folder}`;
  if (!existsSync(`${path}/config.json`)) writeModelFolder(path, shape);
  const rng = createRng(2);
  const ids = (count: number): number[] => Array.from({ length: count }, () => 3 + rng.int(shape.vocabulary - 3));
  const [before, playing, after] = [ids(prefix), ids(players), ids(5)];
  const prompts = Array.from({ length: 2 ** players }, (_, m) =>
    Int32Array.from([...before, ...playing.filter((_, i) => (m >> i) & 1), ...after]),
  );
  return {
    name: `28 M, exact`,
    folder: path,
    vocabulary: shape.vocabulary,
    prompts,
    sharedPrefix: prefix,
    // Random answers have no end: all go on to the last token, as in a long answer.
    endIds: [],
    maxNewTokens,
    coalitions: prompts.length,
  };
}
