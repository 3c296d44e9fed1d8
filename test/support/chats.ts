import type { Hash } from "node:crypto";
import type { AudioCodes } from "../../src/chat/append.js";
import type { TurnMarkers } from "../../src/chat/chat_builder.js";
import { ModalityFlag, Role } from "../../src/chat/enums.js";
import { AUDIO_ID } from "../../src/chat/token_table.js";
import { type BaseChatOptions, BaseMllmChat } from "../../src/compat/chat.js";
import type { Tokenizer } from "../../src/text/tokenizer.js";

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

/** A chat that hears and speaks: every byte of a clip is one audio token, every generated frame another. */
export class ChatWithAudio extends MarkedChat {
  #payload: readonly number[] = [];

  override async addAudio(bytes: Uint8Array): Promise<void> {
    this.#add([...bytes]);
  }

  /** Payload of each audio token, in prompt order. */
  get heard(): readonly number[] {
    return this.#payload.slice(0, this.inputTokensNum).filter((_, i) => this.audioTokensMask[i] === 1);
  }

  protected override appendAudio({ codebooks, codes }: AudioCodes, from: number, to: number): void {
    this.#add(Array.from({ length: to - from }, (_, i) => codes[(from + i) * codebooks] as number));
  }

  protected override emptyCopy(): ChatWithAudio {
    return new ChatWithAudio(this.tokenizer, this.options);
  }

  protected override adoptRest(source: BaseMllmChat, kept: Int32Array): void {
    if (source instanceof ChatWithAudio) this.#payload = Array.from(kept, (i) => source.#payload[i] as number);
  }

  protected override hashAudio(hash: Hash): void {
    hash.update(Float64Array.from(this.heard));
  }

  protected override audioContent(token: number): Uint8Array {
    return Uint8Array.of(this.#payload[token] as number);
  }

  #add(payload: readonly number[]): void {
    const before = this.inputTokensNum;
    const ids = new Int32Array(payload.length).fill(AUDIO_ID);
    const times = payload.map((_, i) => ({ startS: i, endS: i + 1 }));
    this.addToTurn({ ids, modality: ModalityFlag.AUDIO, texts: payload.map(() => ""), times });
    this.#payload = [...Array.from({ length: before }, (_, i) => this.#payload[i] ?? 0), ...payload];
  }
}
