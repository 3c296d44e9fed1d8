import type { WavEncoding } from "../../audio/files/wav_write.js";
import type { ServerCalls } from "./http.js";
import type { Json } from "./read.js";

/** One model of a server, and how to ask about it. */
export interface Served {
  readonly calls: ServerCalls;
  /** What the server calls it. */
  readonly model: string;
  /** Its row of `/v1/models`. */
  readonly listed: Json;
}

/** What a server tells of itself and of a model. */
export interface ServerFacts {
  readonly version: string | null;
  /** Positions of a prompt and its answer together; null where it does not say. */
  readonly window: number | null;
  /** Precision of the weights, such as Q4_1; null where it does not say. */
  readonly dtype: string | null;
  /** SHA-256 of what determines answers, by name, where the server states any. */
  readonly sha256: Readonly<Record<string, string>>;
  /** Requests that it works on at a time; null where it does not say. */
  readonly slots: number | null;
}

/** How an answer is to be generated. */
export interface Drawing {
  readonly maxTokens: number;
  /** 0: greedy. */
  readonly temperature: number;
  /** null: all. */
  readonly topK: number | null;
  /** Below 2³¹. */
  readonly seed: number;
}

/** An answer as token ids, the token that ended it included. */
export interface DrawnIds {
  readonly ids: Int32Array;
  /** The model ended it; otherwise it ran out of room. */
  readonly ended: boolean;
}

export interface DrawnText {
  readonly text: string;
  readonly ended: boolean;
}

/** What of an answer the server must know to score it. */
export interface ScoredAnswer {
  readonly ids: Int32Array;
  /** Tokens that end answers. */
  readonly endIds: ReadonlySet<number>;
}

/** Servers that take prompts as token ids. Prompts come as lists; answers go back in their order. */
export interface IdsProtocol {
  /** Natural log-probability of every token of the answer behind each prompt. */
  score(served: Served, prompts: readonly Int32Array[], answer: ScoredAnswer, signal?: AbortSignal): Promise<readonly Float64Array[]>;
  generate(served: Served, prompts: readonly Int32Array[], drawing: Drawing, signal?: AbortSignal): Promise<readonly DrawnIds[]>;
  /** The ids that the server itself makes of a text, special tokens in it read as such and none added; null where it cannot be asked. */
  tokenise(served: Served, text: string, signal?: AbortSignal): Promise<Int32Array | null>;
  /** Why it cannot score this answer; null where it can. @param cutsCharacter a token ends in the middle of a character. */
  refusal?(answer: ScoredAnswer, cutsCharacter: (id: number) => boolean): string | null;
}

/** A message as chat endpoints take it. */
export interface ServerMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string | readonly ServerPart[];
}

export type ServerPart =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "input_audio"; readonly input_audio: { readonly data: string; readonly format: "wav" } };

/** Servers that take messages, render and tokenise them. */
export interface MessagesProtocol {
  generate(served: Served, messages: readonly ServerMessage[], drawing: Drawing, signal?: AbortSignal): Promise<DrawnText>;
  /**
   * Natural log-probabilities of the likeliest first tokens of an answer, by their texts; null where the server has no way to tell them.
   * @throws ConnectorError where it tells none all the same.
   */
  readonly likeliest:
    | ((served: Served, messages: readonly ServerMessage[], signal?: AbortSignal) => Promise<readonly LikelyToken[]>)
    | null;
  /** null where the server has no way to tell how probable a given answer is. */
  readonly score: MessagesScore | null;
  /** How it takes the numbers of a wave file; null where it takes no sound in messages. */
  readonly sound: WavEncoding | null;
  /** It can draw among the likeliest tokens only. */
  readonly cutsTopK: boolean;
}

export interface LikelyToken {
  readonly text: string;
  readonly logProbability: number;
}

export interface MessagesScore {
  /** The answer as the server tokenises it. */
  tokenise(served: Served, answer: string, signal?: AbortSignal): Promise<Int32Array>;
  /** Log-probability of every one of these tokens behind the messages. */
  of(served: Served, messages: readonly ServerMessage[], answer: GivenAnswer, signal?: AbortSignal): Promise<Float64Array>;
}

export interface GivenAnswer {
  readonly text: string;
  readonly ids: Int32Array;
}

/** A kind of server: one object in one file, entered in `kinds.ts`. */
export interface ServerKind<Name extends string = string> {
  /** As `--server-kind` says it. */
  readonly name: Name;
  /** As its makers write it. */
  readonly title: string;
  /** Values of `owned_by` in its list of models. */
  readonly ownedBy: readonly string[];
  /** Prompts of one request, and requests at a time, where nothing else is asked for. */
  readonly chunk: number;
  readonly concurrency: number;
  /** What it promises of equal answers to equal questions, in words. */
  readonly promise: string;
  about(served: Served, signal?: AbortSignal): Promise<ServerFacts>;
  /** null where it takes no token ids. */
  readonly ids: IdsProtocol | null;
  readonly messages: MessagesProtocol;
}

/** The door that every kind of server comes in by. */
export function defineServerKind<const Name extends string>(kind: ServerKind<Name>): ServerKind<Name> {
  return kind;
}

export const NO_FACTS: ServerFacts = { version: null, window: null, dtype: null, sha256: {}, slots: null };
