import { type BaseChatOptions, BaseMllmChat } from "../../src/connectors/base/chat.js";
import type { TurnMarkers } from "../../src/connectors/base/chat_builder.js";
import type { Tokenizer } from "../../src/connectors/base/tokenizer.js";
import { Role } from "../../src/connectors/enums.js";

/** A chat with the turn markers that ChatML models use, and nothing else. */
export class MarkedChat extends BaseMllmChat {
  readonly tokenizer: Tokenizer;

  constructor(tokenizer: Tokenizer, options: BaseChatOptions = {}) {
    super(options);
    this.tokenizer = tokenizer;
  }

  protected override emptyCopy(): MarkedChat {
    return new MarkedChat(this.tokenizer, this.options);
  }

  protected override turnMarkers(role: Role): TurnMarkers {
    return { preamble: "", open: `<|im_start|>${Role[role].toLowerCase()}\n`, close: "<|im_end|>\n" };
  }
}

/** "1011" as a mask. */
export const bits = (text: string): Uint8Array => Uint8Array.from(text, Number);

export const bitString = (mask: ArrayLike<number>): string => Array.from(mask).join("");
