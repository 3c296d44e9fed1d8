import { EmbedCall, type EmbeddingSources } from "./embed_call.js";
import type { PromptPart } from "./prompt.js";
import { VirtualIds } from "./virtual_ids.js";

/** Turns prompts into ids; each call's own rows stand behind them. */
export class Embedder {
  readonly ids = new VirtualIds();

  constructor(private readonly sources: EmbeddingSources) {}

  /** One call's prompts as ids, with what embeds them. @param signal of the call: encoding many clips takes a while. */
  call(prompts: readonly (readonly PromptPart[])[], signal?: AbortSignal): EmbedCall {
    return new EmbedCall(this.sources, this.ids, prompts, signal);
  }
}
