import { createHash } from "node:crypto";
import { ModalityFlag, Role } from "../../src/chat/enums.js";
import type { FinishReason, ModelResponse } from "../../src/chat/model_response.js";
import type { Chat, TimeSpan } from "../../src/chat/types.js";
import type { GenerateBatchOptions, Matrix, Model, ScoreOptions } from "../../src/connectors/types.js";
import type { PayoffContext } from "../../src/payoffs/payoff.js";

/** A matrix from its rows. */
export function matrix(rows: readonly (readonly number[])[], columns = rows[0]?.length ?? 0): Matrix {
  return { rows: rows.length, columns, data: Float32Array.from(rows.flat()) };
}

/** An answer; its text is the tokens' numbers unless given. */
export function response(given: {
  readonly tokens?: readonly number[];
  readonly codes?: readonly (readonly number[])[];
  readonly text?: string;
  readonly finishReason?: FinishReason;
}): ModelResponse {
  const { tokens = [], codes = [] } = given;
  return {
    chat: null,
    generatedTextTokens: Int32Array.from(tokens),
    generatedAudioTokens: { frames: codes.length, codebooks: codes[0]?.length ?? 8, codes: Int32Array.from(codes.flat()) },
    generatedModalityFlag: [...tokens.map(() => ModalityFlag.TEXT), ...codes.map(() => ModalityFlag.AUDIO)],
    text: given.text ?? tokens.join(" "),
    finishReason: given.finishReason ?? "stop",
  };
}

export interface FakeToken {
  readonly text: string;
  readonly turn?: number;
  readonly role?: Role;
  readonly modality?: ModalityFlag;
  /** Explainable. @default true unless the role is SYSTEM */
  readonly player?: boolean;
  readonly time?: TimeSpan;
}

/** A chat of given tokens, which keeps the texts that a coalition keeps. Tokens default to the user's first turn. */
export function fakeChat(given: readonly (FakeToken | string)[]): Chat {
  const tokens = given.map((token) => (typeof token === "string" ? { text: token } : token));
  const mask = Uint8Array.from(tokens, ({ player, role }) => ((player ?? role !== Role.SYSTEM) ? 1 : 0));
  return {
    inputTokensNum: tokens.length,
    tokenTurns: Int32Array.from(tokens, ({ turn }) => turn ?? 1),
    tokenRoles: tokens.map(({ role }) => role ?? Role.USER),
    tokensModalityFlag: tokens.map(({ modality }) => modality ?? ModalityFlag.TEXT),
    shapValuesMask: mask,
    tokenTexts: tokens.map(({ text }) => text),
    tokenTimes: tokens.map(({ time }) => time ?? null),
    playable(groupIds = defaultIds(mask)) {
      const groups = Array.from(groupIds);
      const order = [...new Set(groups.filter((id) => id > 0))].sort((a, b) => a - b);
      return {
        players: order.length,
        sharedPrefix: Math.max(
          0,
          groups.findIndex((id) => id > 0),
        ),
        branch: 0,
        masked: (coalition) => fakeChat(tokens.filter((_, i) => groups[i] === 0 || coalition[order.indexOf(groups[i] as number)] === 1)),
      };
    },
    fingerprint: createHash("sha256")
      .update(JSON.stringify(tokens.map(({ text, role }) => [text, role])))
      .digest("hex"),
    getConversation: () => [],
  };
}

function defaultIds(mask: Uint8Array): readonly number[] {
  let next = 1;
  return [...mask].map((player) => (player === 1 ? next++ : 0));
}

const refuseHelper = () => Promise.reject(new Error("no helper is asked for"));

/** For payoffs that load no model of their own. */
export const NO_HELPERS: Omit<PayoffContext, "model"> = {
  loadEncoder: refuseHelper,
  loadCrossEncoder: refuseHelper,
  loadJudge: refuseHelper,
  conversation: () => "",
};

export interface FakeModel extends Model {
  /** Every chat asked so far, as text, call by call. */
  readonly asked: readonly (readonly string[])[];
}

export const textOf = (chat: Chat): string => chat.tokenTexts.join("");

/** A model that answers, and scores, by plain functions of the chat's text. */
export function fakeModel(behaviour: {
  readonly answer?: (text: string) => ModelResponse;
  readonly score?: (text: string, target: ModelResponse) => readonly number[];
}): FakeModel {
  const asked: string[][] = [];
  const log = (chats: readonly Chat[]): void => {
    asked.push(chats.map(textOf));
  };
  const refuse = (): never => {
    throw new Error("the fake model has no such behaviour");
  };
  return {
    asked,
    can: { score: behaviour.score !== undefined, deterministic: true, maxBatch: 8, concurrency: 1 },
    identity: { connector: "fake", repo: "fake", resolvedRevision: null, dtype: "fp32", sha256: {}, provider: "cpu" },
    usage: { calls: 0, tokens: 0, passes: 0, plan: "" },
    getNewChat: () => fakeChat([]),
    buildChat: async () => fakeChat([]),
    encodeResponse: (text) => response({ text, tokens: [...text].map((character) => character.codePointAt(0) as number) }),
    responseTokens: ({ generatedTextTokens }) => [...generatedTextTokens].map(String),
    async generateBatch(chats: readonly Chat[], options: GenerateBatchOptions = {}) {
      log(chats);
      return chats.map((chat, i) => {
        options.signal?.throwIfAborted();
        const reply = (behaviour.answer ?? refuse)(textOf(chat));
        options.onResult?.(i, reply);
        return reply;
      });
    },
    async score(chats: readonly Chat[], target: ModelResponse, options: ScoreOptions = {}) {
      log(chats);
      return chats.map((chat, i) => {
        options.signal?.throwIfAborted();
        const steps = Float64Array.from((behaviour.score ?? refuse)(textOf(chat), target));
        options.onResult?.(i, steps);
        return steps;
      });
    },
    getStaticEmbeddings: async (responses) =>
      responses.map(({ generatedTextTokens }) =>
        matrix(
          [...generatedTextTokens].map((id) => [id, 1]),
          2,
        ),
      ),
    getContextualEmbeddings: async (responses) =>
      responses.map(({ generatedTextTokens }) =>
        matrix(
          [...generatedTextTokens].map((id) => [id, 2]),
          2,
        ),
      ),
    dispose: async () => undefined,
  };
}
