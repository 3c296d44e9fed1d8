import { chatEntries } from "../chat/chat_entries.js";
import type { ModelResponse } from "../chat/model_response.js";
import { AUDIO_ID, type TokenTable } from "../chat/token_table.js";
import type { Chat } from "../chat/types.js";
import { SpecError } from "../errors.js";
import type { GameFoil, GameRecording, Recorded } from "../game/recording.js";
import type { Coalition, PlayerTree } from "../game/types.js";
import type { Player } from "../players/types.js";
import type { ModelIdentity } from "../repos/resources.js";
import { byteAt, itemAt } from "../util/elements.js";
import { reasonOf } from "../util/errors.js";
import type { BuiltChat } from "./conversation_block.js";
import { identityOf, modelBlock } from "./model_block.js";
import { fromBlock, toBlock } from "./players.js";
import type { Result } from "./result_schema.js";
import { type AnswerBlock, RECORDING_FORMAT, type Recording, RecordingSchema } from "./schema/recording.js";

export { type Recording, recordingJsonSchema } from "./schema/recording.js";

/** What a recording is made of, beside the game. */
export interface RecordedFacts {
  readonly toolVersion: string;
  readonly runtime: { readonly node: string; readonly onnxruntime: string };
  readonly spec: Recording["spec"];
  readonly given: ReadonlySet<string>;
  readonly inputs: Result["inputs"];
  readonly model: ModelIdentity;
  readonly encoder: ModelIdentity | null;
  readonly aligner: ModelIdentity | null;
  readonly warnings: readonly string[];
  readonly payoff: string;
  readonly players: readonly Player[];
  readonly tree: PlayerTree;
  readonly targetTokens: readonly string[];
  readonly frameSeconds: number | null;
}

/** The recording as plain JSON. @param chat what was explained. */
export function buildRecording(facts: RecordedFacts, chat: Chat, game: GameRecording): Recording {
  const { model, encoder, aligner, runtime, players } = facts;
  return {
    schema: RECORDING_FORMAT,
    tool: { name: "mllm-shap", version: facts.toolVersion },
    spec: facts.spec,
    given: [...facts.given].sort(),
    inputs: facts.inputs,
    model: modelBlock(model),
    encoder: encoder === null ? null : modelBlock(encoder),
    aligner: aligner === null ? null : modelBlock(aligner),
    runtime: { node: runtime.node, onnxruntime: runtime.onnxruntime, provider: model.provider },
    warnings: [...facts.warnings],
    notes: [...game.notes],
    payoff: facts.payoff,
    tokens: tokensBlock(chat),
    players: players.map(toBlock),
    tree: facts.tree,
    target: { ...answerBlock(game.target), tokens: [...facts.targetTokens], frame_seconds: facts.frameSeconds },
    ...(game.foil === undefined ? {} : { foil: foilBlock(game.foil) }),
    ...askedBlock(game),
    coalitions: game.asked.coalitions.map(packed),
    input_of: [...game.asked.inputOf],
  };
}

/** The parts of a recording that a game is played with again. */
export interface ReadRecording {
  readonly game: GameRecording;
  readonly chat: BuiltChat;
  readonly players: readonly Player[];
  readonly model: ModelIdentity;
  readonly encoder: ModelIdentity | null;
  readonly aligner: ModelIdentity | null;
}

/** @throws SpecError where the value is no recording, or its parts do not fit each other. */
export function readRecording(value: unknown): { readonly recording: Recording } & ReadRecording {
  const parsed = RecordingSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new SpecError(`not a valid ${RECORDING_FORMAT}: ${issue?.path.join(".") || "the whole"}: ${issue?.message ?? ""}`, {
      cause: parsed.error,
    });
  }
  const recording: Recording = parsed.data;
  const { model, encoder, aligner, runtime } = recording;
  const identity = (block: Recording["model"]): ModelIdentity => identityOf(block, runtime.provider);
  try {
    return {
      recording,
      game: gameOf(recording),
      chat: chatOf(recording.tokens),
      players: playersOf(recording),
      model: identity(model),
      encoder: encoder === null ? null : identity(encoder),
      aligner: aligner === null ? null : identity(aligner),
    };
  } catch (cause) {
    throw new SpecError(`not a valid ${RECORDING_FORMAT}: ${reasonOf(cause)}`, { cause });
  }
}

function askedBlock(game: GameRecording): Pick<Recording, "needs" | "answers" | "asked"> {
  const { needs, beside, target } = game;
  const { answers, answerOf } = answersBlock(needs === "responses" ? game.asked : beside?.answers);
  const scores = needs === "scores" ? game.asked : beside?.scores;
  const asked = game.asked.inputs.map(({ fingerprint, got }, i) => ({
    fingerprint,
    ...(needs === "divergences" ? { divergences: [...(got as Float64Array)] } : {}),
    ...(scores === undefined ? {} : logsBlock(inputOf(scores, i).got, target, needs === "scores" ? game.foil : undefined)),
    ...(answerOf === null ? {} : { answer: answerOf(i) }),
  }));
  return { needs, answers, asked };
}

/** All kinds were asked of the same inputs in the same order. */
const inputOf = <T>({ inputs }: Recorded<T>, i: number) => itemAt(inputs, i);

function logsBlock(got: Float64Array, { generatedModalityFlag: { length } }: ModelResponse, foil: GameFoil | undefined) {
  const logs = (scores: Float64Array) => Array.from(scores, (step) => (step === Number.NEGATIVE_INFINITY ? null : step));
  const own = { log_probabilities: logs(got.subarray(0, length)) };
  return foil === undefined ? own : { ...own, foil_log_probabilities: logs(got.subarray(length)) };
}

/** Different answers once, and which each input gave. */
function answersBlock(asked: Recorded<ModelResponse> | undefined) {
  if (asked === undefined) return { answers: [], answerOf: null };
  const places = new Map<ModelResponse, number>();
  for (const { got } of asked.inputs) if (!places.has(got)) places.set(got, places.size);
  const answerOf = (i: number): number => places.get(inputOf(asked, i).got) as number;
  return { answers: [...places.keys()].map(answerBlock), answerOf };
}

function gameOf(recording: Recording): GameRecording {
  const players = recording.players.length;
  const { foil } = recording;
  const facts = {
    players,
    target: responseOf(recording.target),
    ...(foil === undefined ? {} : { foil: foilOf(foil) }),
    notes: recording.notes,
  };
  const steps = recording.target.modalities.length;
  if (recording.coalitions.length !== recording.input_of.length) throw new Error("coalitions and input_of differ in length");
  const coalitions = recording.coalitions.map((text) => unpacked(text, players));
  const asked = <T>(got: (input: Recording["asked"][number], at: number) => T): Recorded<T> => {
    const inputs = recording.asked.map((input, at) => ({ fingerprint: input.fingerprint, got: got(input, at) }));
    if (recording.input_of.some((at) => at >= inputs.length)) throw new Error("input_of names an input that is not there");
    return { coalitions, inputOf: recording.input_of, inputs };
  };
  const scores = (other: GameFoil | undefined) =>
    asked(({ log_probabilities: own, foil_log_probabilities: theirs = [] }, at) => {
      if (own?.length !== steps) throw new Error(`asked.${at} does not have ${steps} log_probabilities, one a step`);
      if (theirs.length !== (other?.response.generatedModalityFlag.length ?? 0))
        throw new Error(`asked.${at} does not score the foil's steps`);
      return Float64Array.from([...own, ...theirs], (step) => step ?? Number.NEGATIVE_INFINITY);
    });
  // Equal answers are one object.
  const answers = recording.answers.map(responseOf);
  const responses = () =>
    asked(({ answer }, at) => {
      const response = answers[answer ?? -1];
      if (response === undefined) throw new Error(`asked.${at} has no answer`);
      return response;
    });
  const beside = {
    ...(recording.needs === "responses" || answers.length === 0 ? {} : { answers: responses() }),
    ...(recording.needs === "scores" || recording.asked[0]?.log_probabilities === undefined ? {} : { scores: scores(undefined) }),
  };
  const all = { ...facts, beside };
  if (recording.needs === "responses") return { ...all, needs: "responses", asked: responses() };
  if (recording.needs === "scores") return { ...all, needs: "scores", asked: scores(facts.foil) };
  const divergences = asked(({ divergences: own }, at) => {
    if (own?.length !== steps) throw new Error(`asked.${at} does not have ${steps} divergences, one a step`);
    return Float64Array.from(own);
  });
  return { ...all, needs: "divergences", asked: divergences };
}

function foilBlock({ response, span, foilSpan }: GameFoil): NonNullable<Recording["foil"]> {
  return { ...answerBlock(response), span: [span.from, span.to], foil_span: [foilSpan.from, foilSpan.to] };
}

function foilOf({ span, foil_span, ...block }: NonNullable<Recording["foil"]>): GameFoil {
  const spanOf = ([from, to]: readonly [number, number]) => ({ from, to });
  return { response: responseOf(block), span: spanOf(span), foilSpan: spanOf(foil_span) };
}

function answerBlock({ text, generatedTextTokens, generatedModalityFlag, generatedAudioTokens, finishReason }: ModelResponse): AnswerBlock {
  const { frames, codebooks, codes } = generatedAudioTokens;
  return {
    text,
    token_ids: [...generatedTextTokens],
    modalities: [...generatedModalityFlag],
    audio: { frames, codebooks, codes: [...codes] },
    finish_reason: finishReason,
  };
}

function responseOf({ text, token_ids, modalities, audio, finish_reason }: AnswerBlock): ModelResponse {
  const { frames, codebooks, codes } = audio;
  if (codes.length !== frames * codebooks) throw new Error(`${codes.length} audio codes are not ${frames} frames of ${codebooks}`);
  return {
    chat: null,
    generatedTextTokens: Int32Array.from(token_ids),
    generatedAudioTokens: { frames, codebooks, codes: Int32Array.from(codes) },
    generatedModalityFlag: modalities,
    text,
    finishReason: finish_reason,
  };
}

function tokensBlock(chat: Chat): Recording["tokens"] {
  return {
    turns_number: chat.getConversation().length,
    texts: [...chat.tokenTexts],
    turns: [...chat.tokenTurns],
    roles: [...chat.tokenRoles],
    modalities: [...chat.tokensModalityFlag],
    times: chat.tokenTimes.map((time) => (time === null ? null : [time.startS, time.endS])),
  };
}

/** Players on tokens that are there, and a tree of each of them once. */
function playersOf({ players, tokens, tree }: Recording): readonly Player[] {
  players.forEach(({ index, tokens: own }, i) => {
    if (index !== i) throw new Error(`players.${i} says that it is player ${index}`);
    const stray = own.find((token) => token >= tokens.texts.length);
    if (stray !== undefined) throw new Error(`players.${i} has token ${stray}, and there are ${tokens.texts.length}`);
  });
  const leaves = leavesOf(tree).sort((a, b) => a - b);
  if (leaves.length !== players.length || leaves.some((leaf, i) => leaf !== i)) throw new Error("tree does not hold every player once");
  return players.map(fromBlock);
}

const leavesOf = (tree: PlayerTree): number[] => (typeof tree === "number" ? [tree] : tree.children.flatMap(leavesOf));

/** Far more than a spec may have. */
const MOST_TURNS = 100_000;

/** What a result needs of a chat, without its sound. */
function chatOf({ turns_number, texts, turns, roles, modalities, times }: Recording["tokens"]): BuiltChat {
  const { length } = texts;
  if ([turns, roles, modalities, times].some((list) => list.length !== length)) throw new Error("the lists of tokens differ in length");
  if (turns_number > MOST_TURNS || turns.some((turn) => turn > turns_number))
    throw new Error("tokens.turns_number is not the number of turns");
  const table: TokenTable = {
    length,
    ids: new Int32Array(length).fill(AUDIO_ID),
    modality: Int8Array.from(modalities),
    turns: Int32Array.from(turns),
    roles: Uint8Array.from(roles),
    template: new Uint8Array(length),
    texts,
    times: times.map((time) => (time === null ? null : { startS: itemAt(time, 0), endS: itemAt(time, 1) })),
  };
  const entries = chatEntries(table, turns_number, null, () => new Uint8Array(0));
  return { inputTokensNum: length, tokenTexts: texts, tokenTimes: table.times, getConversation: () => entries };
}

function packed(coalition: Coalition): string {
  const bytes = Buffer.alloc(Math.ceil(coalition.length / 8));
  coalition.forEach((member, i) => {
    if (member === 1) bytes[i >> 3] = byteAt(bytes, i >> 3) | (1 << (i & 7));
  });
  return bytes.toString("base64");
}

function unpacked(text: string, players: number): Coalition {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length !== Math.ceil(players / 8)) throw new Error(`a coalition of ${bytes.length} bytes does not fit ${players} players`);
  return Uint8Array.from({ length: players }, (_, i) => (byteAt(bytes, i >> 3) >> (i & 7)) & 1);
}
