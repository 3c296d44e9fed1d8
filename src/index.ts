/** The library: what the command line is made of. */
export { type AlignRequest, align } from "./align.js";
export { type DecodedAudio, type DecodeOptions, decodeAudio } from "./audio/decode.js";
export { type AudioFormat, encodeAudio } from "./audio/encode.js";
export { LFM2_MEL, logMel, type Mel, type MelConfig } from "./audio/mel.js";
export { resample } from "./audio/resample.js";
export { type AlignerAudio, type AlignerOptions, type AttachSource, SpectrogramGuidedAligner } from "./connectors/aligner/aligner.js";
export type { BoundaryRule } from "./connectors/aligner/phases.js";
export type { AudioCodes } from "./connectors/base/append.js";
export type { Aligner, AudioSegment } from "./connectors/base/audio_segment.js";
export { type BaseChatOptions, BaseMllmChat } from "./connectors/base/chat.js";
export type { TurnMarkers } from "./connectors/base/chat_builder.js";
export type { ChatEntry } from "./connectors/base/chat_entry.js";
export type { ContextUse } from "./connectors/base/context.js";
export { ExplainerCache, type ExplainerCacheInit } from "./connectors/base/explainer_cache.js";
export { TokenFilter } from "./connectors/base/filters.js";
export { BaseMllmModel } from "./connectors/base/model.js";
export type { FinishReason, ModelResponse } from "./connectors/base/model_response.js";
export type { Tokenizer } from "./connectors/base/tokenizer.js";
export type {
  AudioMasking,
  Chat,
  ChatMessage,
  ChatOptions,
  Device,
  GenerateBatchOptions,
  GenerateOptions,
  LoadOptions,
  Matrix,
  MessageContent,
  Model,
  ModelIdentity,
  ModelUsage,
  ScoreOptions,
  TimeSpan,
  TokenisationJoint,
} from "./connectors/base/types.js";
export { GREEDY, type HuggingFaceModelConfig, type ModelConfig } from "./connectors/config.js";
export { ModalityFlag, ModelHistoryTrackingMode, Role, roleFromOrdinal, SystemRolesSetup } from "./connectors/enums.js";
export { ExcludePunctuationTokensFilter, KeepAllTokens } from "./connectors/filters.js";
export { LiquidAudioChat } from "./connectors/liquid/chat.js";
export type { LiquidAudioChatOptions, NewLiquidChatOptions } from "./connectors/liquid/chat_options.js";
export { LiquidAudio } from "./connectors/liquid/model.js";
export { CONNECTORS, openModel } from "./connectors/registry.js";
export { TransformersTextChat, type TransformersTextChatOptions } from "./connectors/transformers_text/chat.js";
export type { TemplateMarkers } from "./connectors/transformers_text/markers.js";
export { TransformersCausalText } from "./connectors/transformers_text/model.js";
export {
  AllTextTokensFilteredOutError,
  AudioError,
  BudgetError,
  ConnectorError,
  ContextError,
  ExplainError,
  MllmShapError,
  SpecError,
} from "./errors.js";
export { type EvaluateOptions, evaluate, requestOfResult } from "./evaluate.js";
export type { OnEvent, RunEvent, RunOptions } from "./events.js";
export { type ExplainOptions, explain } from "./explain.js";
export { type ExplainChatOptions, type ExplainedChat, explainChat } from "./explain_chat.js";
export { type ConversationGame, conversationGame } from "./game/conversation_game.js";
export { type DiskMemo, type DiskMemoOptions, openDiskMemo } from "./game/disk_memo.js";
export { type Memo, type ModelMemo, memoryMemo, noMemo } from "./game/memo.js";
export { type Outcome, type PlayOptions, play } from "./game/play.js";
export type { Coalition, Estimate, Game, Method, MethodOptions, Played, Round } from "./game/types.js";
export { type Inspection, type InspectOptions, inspect } from "./inspect.js";
export { createPayoff, PAYOFFS, type PayoffChoice } from "./payoffs/registry.js";
export type { Payoff } from "./payoffs/types.js";
export { buildPlayers } from "./players/players.js";
export type { Player, PlayerKind } from "./players/types.js";
export { loadModel } from "./prepare.js";
export { createRng, type Rng } from "./random.js";
export type { Alignment } from "./report/alignment/alignment.js";
export { ALIGNMENT_FORMATS } from "./report/alignment/formats.js";
export { type ComparisonReport, compareResults } from "./report/comparison.js";
export type { Evaluation } from "./report/evaluation.js";
export { FORMATS } from "./report/formats.js";
export { readResults } from "./report/read_result.js";
export { redact } from "./report/redact.js";
export { type Result, ResultSchema, resultJsonSchema } from "./report/result_schema.js";
export { NORMALIZERS } from "./shapley/normalizers.js";
export { type MethodPlan, type MethodRequest, planMethod } from "./shapley/plan.js";
export { METHODS, type MethodRow } from "./shapley/registry.js";
export { specJsonSchema } from "./spec/keys.js";
export { loadSpec, requestOf, STRICT } from "./spec/load.js";
export type { ExplainRequest, Policy, SpecSource } from "./spec/request.js";
export { type Spec, type SpecInput, SpecSchema } from "./spec/schema.js";
export { MEMO_EDITION, VERSION } from "./version.js";
