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
export { type Outcome, type PlayOptions, play } from "./game/play.js";
export type { Coalition, Estimate, Game, Method, MethodOptions, Played, Round } from "./game/types.js";
export { type InspectOptions, inspect } from "./inspect.js";
export { type DiskMemo, type DiskMemoOptions, openDiskMemo } from "./memo/disk.js";
export { type Memo, type ModelMemo, memoryMemo, noMemo } from "./memo/memory.js";
export { definePayoff, type PayoffContext, type PayoffDefinition } from "./payoffs/payoff.js";
export { createPayoff, PAYOFFS, type PayoffChoice } from "./payoffs/registry.js";
export type { Payoff } from "./payoffs/types.js";
export { buildPlayers } from "./players/players.js";
export type { Player, PlayerKind } from "./players/types.js";
export { loadModel } from "./prepare.js";
export { createRng, type Rng } from "./random.js";
export type { Alignment } from "./results/alignment.js";
export { type ComparisonReport, compareResults } from "./results/comparison.js";
export type { Evaluation } from "./results/evaluation.js";
export type { Inspection } from "./results/inspection.js";
export { readResults } from "./results/read_result.js";
export { redact } from "./results/redact.js";
export { type Result, ResultSchema, resultJsonSchema } from "./results/result_schema.js";
export { defineMethod, type MethodDefinition, type MethodTraits } from "./shapley/method.js";
export { defineNormalizer, type NormalizerDefinition } from "./shapley/normalizer.js";
export { NORMALIZERS } from "./shapley/normalizers.js";
export { type MethodPlan, type MethodRequest, planMethod } from "./shapley/plan.js";
export { METHODS, type MethodName, type SamplerName } from "./shapley/registry.js";
export { specJsonSchema } from "./spec/keys.js";
export { loadSpec, requestOf, STRICT } from "./spec/load.js";
export type { ExplainRequest, Policy, SpecSource } from "./spec/request.js";
export { type Spec, type SpecInput, SpecSchema } from "./spec/schema.js";
export { MEMO_EDITION, VERSION } from "./version.js";
export { ALIGNMENT_FORMATS } from "./views/alignment/formats.js";
export { defineFormat, type FormatDefinition, formatOfFile, render, type Sink, type ViewOptions, type Writer } from "./views/format.js";
export { FORMATS } from "./views/result/formats.js";
