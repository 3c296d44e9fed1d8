/** The library: what the command line is made of. */

export type { BoundaryRule } from "./alignment/align_words.js";
export { type AlignerAudio, type AlignerOptions, type AttachSource, SpectrogramGuidedAligner } from "./alignment/aligner.js";
export { type DecodedAudio, type DecodeOptions, decodeAudio } from "./audio/files/decode.js";
export { type AudioFormat, encodeAudio } from "./audio/files/encode.js";
export { LFM2_MEL, logMel, type Mel, type MelConfig } from "./audio/front_ends/mel.js";
export { type AudioMask, defineMask } from "./audio/masks/mask.js";
export { AUDIO_MASKS, type AudioMasking } from "./audio/masks/registry.js";
export { resample } from "./audio/signal/resample.js";
export type { AudioCodes } from "./chat/append.js";
export type { Aligner, AudioSegment } from "./chat/audio_segment.js";
export type { TurnMarkers } from "./chat/chat_builder.js";
export type { ChatEntry } from "./chat/chat_entry.js";
export type { ContextUse } from "./chat/context_window.js";
export { ModalityFlag, ModelHistoryTrackingMode, Role, roleFromOrdinal, SystemRolesSetup } from "./chat/enums.js";
export { ExcludePunctuationTokensFilter, KeepAllTokens } from "./chat/filters.js";
export { GREEDY, type ModelConfig } from "./chat/model_config.js";
export type { FinishReason, ModelResponse } from "./chat/model_response.js";
export { TokenFilter } from "./chat/token_filter.js";
export type { Chat, ChatMessage, ChatOptions, MessageContent, TimeSpan, TokenisationJoint } from "./chat/types.js";
export { type BaseChatOptions, BaseMllmChat } from "./compat/chat.js";
export { ExplainerCache, type ExplainerCacheInit } from "./compat/explainer_cache.js";
export { TransformersTextChat, type TransformersTextChatOptions } from "./connectors/causal_text/chat.js";
export { TransformersCausalText } from "./connectors/causal_text/model.js";
export type { TemplateMarkers } from "./connectors/causal_text/turn_markers.js";
export { type ConnectorDefinition, defineConnector } from "./connectors/connector.js";
export { BaseMllmModel } from "./connectors/model.js";
export { type ServerChoice, serverAccess } from "./connectors/openai_compatible/access.js";
export { SERVER_KINDS } from "./connectors/openai_compatible/kinds.js";
export { defineServerKind, type ServerKind } from "./connectors/openai_compatible/server_kind.js";
export { CONNECTORS, type ConnectorName, openModel } from "./connectors/registry.js";
export { LiquidAudioChat } from "./connectors/speech/families/lfm2/chat.js";
export type { LiquidAudioChatOptions, NewLiquidChatOptions } from "./connectors/speech/families/lfm2/chat_options.js";
export { LiquidAudio } from "./connectors/speech/families/lfm2/model.js";
export { defineSpeechFamily } from "./connectors/speech/family.js";
export type {
  DivergeOptions,
  GenerateBatchOptions,
  GenerateOptions,
  LoadOptions,
  Matrix,
  Model,
  ModelUsage,
  ScoreOptions,
} from "./connectors/types.js";
export {
  AllTextTokensFilteredOutError,
  AudioError,
  BudgetError,
  ConnectorError,
  ContextError,
  ExplainError,
  MllmShapError,
  SpecError,
  UnavailableError,
} from "./errors.js";
export type { OnEvent, RunEvent, RunOptions } from "./events.js";
export { type ConversationGame, conversationGame } from "./game/conversation_game.js";
export type { Span, SpanEstimate } from "./game/outputs.js";
export { type Outcome, type PlayOptions, play } from "./game/play.js";
export type { Coalition, Estimate, Estimator, Game, Method, MethodOptions, Outputs, Payoffs, Played, Round } from "./game/types.js";
export { type DiskMemo, type DiskMemoOptions, openDiskMemo } from "./memo/disk.js";
export { type Memo, type ModelMemo, memoryMemo, noMemo } from "./memo/memory.js";
export { definePayoff, type PayoffContext, type PayoffDefinition } from "./payoffs/payoff.js";
export { createPayoff, PAYOFFS, type PayoffChoice } from "./payoffs/registry.js";
export type { Payoff } from "./payoffs/types.js";
export { buildPlayers } from "./players/players.js";
export type { Player, PlayerKind } from "./players/types.js";
export { createRng, type Rng } from "./random.js";
export type { Device, HuggingFaceModelConfig, ModelIdentity, ServerAccess } from "./repos/resources.js";
export type { ServerIdentity } from "./repos/server_identity.js";
export type { Alignment } from "./results/alignment.js";
export { type Archive, packArchive, unpackArchive } from "./results/archive.js";
export { type ComparisonReport, compareResults } from "./results/comparison.js";
export type { Evaluation } from "./results/evaluation.js";
export type { Inspection } from "./results/inspection.js";
export { readResults } from "./results/read_result.js";
export { type Recording, recordingJsonSchema } from "./results/recording.js";
export { redact } from "./results/redact.js";
export { type Result, ResultSchema, resultJsonSchema } from "./results/result_schema.js";
export type { ValuedGame } from "./results/valued_game.js";
export { defineMethod, type MethodDefinition, type MethodTraits } from "./shapley/method.js";
export { defineNormalizer, type NormalizerDefinition } from "./shapley/normalizer.js";
export { NORMALIZERS } from "./shapley/normalizers.js";
export { type MethodPlan, type MethodRequest, planMethod } from "./shapley/plan.js";
export { METHODS, type MethodName, type SamplerName } from "./shapley/registry.js";
export { specJsonSchema } from "./spec/keys.js";
export { loadSpec, requestOf, STRICT } from "./spec/load.js";
export type { ExplainRequest, Policy, SpecSource } from "./spec/request.js";
export { type Spec, type SpecInput, SpecSchema } from "./spec/schema.js";
export { type AlignRequest, align } from "./tasks/align.js";
export { type EvaluateOptions, evaluate, requestOfResult } from "./tasks/evaluate.js";
export { type ExplainOptions, explain } from "./tasks/explain.js";
export { type ExplainChatOptions, type ExplainedChat, explainChat } from "./tasks/explain_chat.js";
export { type InspectOptions, inspect } from "./tasks/inspect.js";
export { loadModel } from "./tasks/load_model.js";
export { type OpenGame, type OpenRun, type OpenRunOptions, openRun } from "./tasks/open_run.js";
export { type RescoreOptions, type RescoreSettings, rescore } from "./tasks/rescore.js";
export { defineTextMask, type StandIns, type TextMaskDefinition } from "./text/masks/mask.js";
export { TEXT_MASKS, type TextMasking } from "./text/masks/registry.js";
export type { Tokenizer } from "./text/tokenizer.js";
export { MEMO_EDITION, VERSION } from "./version.js";
export { ALIGNMENT_FORMATS } from "./views/alignment/formats.js";
export { defineFormat, type FormatDefinition, formatOfFile, render, type Sink, type ViewOptions, type Writer } from "./views/format.js";
export { GAME_FORMATS } from "./views/game/formats.js";
export { FORMATS } from "./views/result/formats.js";
