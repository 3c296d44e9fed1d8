import type { ModelResponse } from "../chat/model_response.js";
import type { Matrix } from "../connectors/types.js";
import type { RunOptions } from "../events.js";

/** Vectors of answers: one `[tokens, hidden]` matrix each, without rows where an answer is empty. */
export type Embed = (responses: readonly ModelResponse[], run: RunOptions) => Promise<readonly Matrix[]>;
