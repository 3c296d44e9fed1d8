/**
 * The names of the Python package, in camel case: its chats, models, enums, filters, cache and aligner, for whoever ports a script. They are in
 * `mllm-shap` too.
 */

export { type AlignerAudio, type AlignerOptions, type AttachSource, SpectrogramGuidedAligner } from "./alignment/aligner.js";
export type { AudioCodes } from "./chat/append.js";
export type { Aligner, AudioSegment } from "./chat/audio_segment.js";
export type { ChatEntry } from "./chat/chat_entry.js";
export { ModalityFlag, ModelHistoryTrackingMode, Role, roleFromOrdinal, SystemRolesSetup } from "./chat/enums.js";
export { ExcludePunctuationTokensFilter, KeepAllTokens } from "./chat/filters.js";
export { GREEDY, type ModelConfig } from "./chat/model_config.js";
export type { ModelResponse } from "./chat/model_response.js";
export { TokenFilter } from "./chat/token_filter.js";
export { type BaseChatOptions, BaseMllmChat } from "./compat/chat.js";
export { ExplainerCache, type ExplainerCacheInit } from "./compat/explainer_cache.js";
export { TransformersTextChat, type TransformersTextChatOptions } from "./connectors/causal_text/chat.js";
export { TransformersCausalText } from "./connectors/causal_text/model.js";
export { BaseMllmModel } from "./connectors/model.js";
export { LiquidAudioChat } from "./connectors/speech/families/lfm2/chat.js";
export type { LiquidAudioChatOptions, NewLiquidChatOptions } from "./connectors/speech/families/lfm2/chat_options.js";
export { LiquidAudio } from "./connectors/speech/families/lfm2/model.js";
export { AllTextTokensFilteredOutError } from "./errors.js";
export type { HuggingFaceModelConfig } from "./repos/resources.js";
export { type ExplainChatOptions, type ExplainedChat, explainChat } from "./tasks/explain_chat.js";
