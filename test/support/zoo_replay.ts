import { expect } from "vitest";
import type { Chat } from "../../src/chat/types.js";
import type { TransformersTextChat } from "../../src/connectors/causal_text/chat.js";
import { TransformersCausalText } from "../../src/connectors/causal_text/model.js";
import { END } from "../../src/decoding/step_policy.js";
import type { RunEvent } from "../../src/events.js";
import { requestOf } from "../../src/spec/load.js";
import { explain } from "../../src/tasks/explain.js";
import { naiveLogits } from "./naive_decoding.js";
import type { Cell, ChatTruth, GameTruth } from "./zoo.js";

/** How far from the truth a number may be. */
export interface Tolerance {
  /** Of raw logits of 1 to 5 in size. */
  readonly logits: number;
  /** Of a token's log-probability. */
  readonly scores: number;
  readonly values: number;
  /** Greedy answers are compared where every chosen logit leads by more. @default twice `logits` */
  readonly lead?: number;
  /** The recorded numbers are another processor's, whose products of bytes are others: logits are compared with the runtime's own of a single row, here. */
  readonly here?: boolean;
}

/** The largest differences that a replay met. */
export type Reached = Record<"logits" | "scores" | "values", number>;

/** Replays everything that is known of a cell through the connector, as a user would load it. @throws where something differs. */
export async function replay(cell: Cell, tolerance: Tolerance): Promise<Reached> {
  const folder = cell.folder();
  const events: RunEvent[] = [];
  const model = await TransformersCausalText.load({
    config: { repoId: folder },
    device: "cpu",
    threads: 1,
    ...(cell.dtype === null ? {} : { dtype: cell.dtype }),
    onEvent: (event) => events.push(event),
  });
  try {
    const chats: Chat[] = [];
    for (const truth of cell.chats) chats.push(await chatOf(model, cell, truth));
    const reached: Reached = { logits: 0, scores: 0, values: 0 };
    const logits = await lastLogits(model, chats);
    const truths =
      tolerance.here === true ? await naiveLogits(model.model.onnx.path, chats.map(idsOf)) : cell.chats.map((truth) => truth.logits);
    const answers = await model.generateBatch(chats, { maxNewTokens: 16 });
    for (const [i, truth] of cell.chats.entries()) {
      reached.logits = Math.max(reached.logits, farthest(logits[i] ?? [], truths[i] ?? []));
      const given = model.encodeResponse(truth.answer, chats[i] as Chat);
      expect([...given.generatedTextTokens], `${truth.name}: ids of the given answer`).toEqual(truth.answerIds);
      const [scores] = await model.score([chats[i] as Chat], given);
      reached.scores = Math.max(reached.scores, farthest(scores ?? [], truth.scores));
      // A tie is nobody's answer.
      if (truth.lead > (tolerance.lead ?? 2 * tolerance.logits))
        expect([...(answers[i]?.generatedTextTokens ?? [])], `${truth.name}: greedy answer`).toEqual(truth.greedy);
    }
    for (const game of cell.games) reached.values = Math.max(reached.values, await explained(model, cell, folder, game));
    for (const key of ["logits", "scores", "values"] as const)
      expect(reached[key], `difference of ${key}`).toBeLessThanOrEqual(tolerance[key]);
    return reached;
  } finally {
    await model.dispose();
  }
}

async function chatOf(model: TransformersCausalText, { base }: Cell, { name, messages, ids }: ChatTruth): Promise<Chat> {
  const texts = messages.map(({ role, content }) => ({ role, content: [{ kind: "text", text: content } as const] }));
  const chat = base ? await model.buildPrompt(messages.map(({ content }) => content)) : await model.buildChat(texts);
  expect([...(chat as TransformersTextChat).inputTokens], `${name}: ids of the rendered chat`).toEqual(ids);
  return chat;
}

const idsOf = (chat: Chat): Int32Array => (chat as TransformersTextChat).inputTokens;

/** What follows each chat, as a policy sees it. */
async function lastLogits(model: TransformersCausalText, chats: readonly Chat[]): Promise<readonly (readonly number[])[]> {
  const seen: number[][] = [];
  const policy = {
    advance({
      requests,
      vectors,
      logits,
      vocabulary,
    }: {
      requests: readonly number[];
      vectors: readonly number[];
      logits: Float32Array;
      vocabulary: number;
    }): Int32Array {
      requests.forEach((request, i) => {
        const from = (vectors[i] as number) * vocabulary;
        seen[request] = [...logits.subarray(from, from + vocabulary)];
      });
      return new Int32Array(requests.length).fill(END);
    },
  };
  await model.model.decode(chats.map(idsOf), { policy, maxSteps: 1, sharedPrefix: null });
  return seen;
}

/** The largest difference of the values of the whole pipeline, with those of the full and the empty coalition. */
async function explained(model: TransformersCausalText, cell: Cell, folder: string, game: GameTruth): Promise<number> {
  const asked = cell.base
    ? { prompt: game.messages.map(({ content }) => content).join(""), answer: game.answer }
    : { messages: [...game.messages, { role: "assistant" as const, content: game.answer }] };
  const request = await requestOf(
    {
      model: { connector: "transformers-text", repo: folder, device: "cpu" },
      ...asked,
      explain: { players: "word", sampler: "exact", payoff: "likelihood" },
      run: { cache: false },
    },
    folder,
  );
  const result = await explain(request, { model });
  expect(
    result.players.map(({ text }) => text.trim()),
    `${game.name}: words`,
  ).toEqual(game.words);
  const values = result.players.map(({ value }) => value);
  return farthest([...values, result.payoff.full, result.payoff.empty], [...game.values, game.full, game.empty]);
}

function farthest(got: ArrayLike<number>, want: readonly number[]): number {
  expect(got.length).toBe(want.length);
  return want.reduce((most, value, i) => Math.max(most, Math.abs(value - (got[i] as number))), 0);
}
