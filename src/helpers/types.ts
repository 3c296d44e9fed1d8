import type { ModelResponse } from "../chat/model_response.js";
import type { Matrix } from "../connectors/types.js";
import type { RunOptions } from "../events.js";

/** Vectors of answers: one `[tokens, hidden]` matrix each, without rows where an answer is empty. */
export type Embed = (responses: readonly ModelResponse[], run: RunOptions) => Promise<readonly Matrix[]>;

/** How probable it is that the second text of each pair follows from the first, 0 to 1. */
export type Entail = (pairs: readonly (readonly [premise: string, hypothesis: string])[], run: RunOptions) => Promise<Float64Array>;
