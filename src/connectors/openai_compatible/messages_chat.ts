import type { Hash } from "node:crypto";
import { type WavEncoding, writeWav } from "../../audio/files/wav_write.js";
import { WAVEFORM } from "../../audio/front_ends/waveform.js";
import { AUDIO_MASKS, audioMasks } from "../../audio/masks/registry.js";
import { Role } from "../../chat/enums.js";
import { AUDIO_ID } from "../../chat/token_table.js";
import type { BaseChatOptions } from "../../compat/chat.js";
import { ConnectorError } from "../../errors.js";
import { int32At } from "../../util/elements.js";
import { SpeechChat } from "../speech/chat.js";
import type { EncoderInput } from "../speech/encoder_input.js";
import type { ServerMessage, ServerPart } from "./server_kind.js";
import { TURN, type WordTokenizer } from "./word_tokenizer.js";

/** Sound goes out as it is: a token is a stretch of it. */
const ENCODER_INPUT: EncoderInput = { frontEnd: WAVEFORM, framesPerToken: 1, rowsOf: (frames) => frames };

const ROLES: Readonly<Record<Role, ServerMessage["role"]>> = {
  [Role.SYSTEM]: "system",
  [Role.USER]: "user",
  [Role.ASSISTANT]: "assistant",
};

export interface MessagesChatOptions extends BaseChatOptions {
  readonly words: WordTokenizer;
  /** Of the wave files that sound goes out as. */
  readonly encoding: WavEncoding;
}

/**
 * A conversation for a server that renders and tokenises it itself. Its tokens are words, and stretches of sound; each turn begins with a
 * token without text, as if of a template. Sound that a coalition leaves out is masked here, and goes out as a wave file.
 */
export class MessagesChat extends SpeechChat {
  readonly textUnit = "word";
  readonly #given: MessagesChatOptions;

  /** @throws ConnectorError where audio is to be masked in a way that only an encoder here could. */
  constructor(options: MessagesChatOptions) {
    super({ ...options, tokenizer: options.words, encoderInput: ENCODER_INPUT });
    this.#given = options;
    const mask = AUDIO_MASKS[this.audioMasking];
    if (mask.on === "sound") return;
    const others = audioMasks.filter((one) => one.on === "sound" && one.framesOnly !== true).map(({ name }) => name);
    throw new ConnectorError(
      `audio_masking ${mask.name} works inside of a model, and this one is behind a server: valid are ${others.join(", ")}`,
    );
  }

  /** A turn's own token is no player, whoever may be one. */
  override get shapValuesMask(): Uint8Array {
    const { inputTokens } = this;
    return super.shapValuesMask.map((bit, token) => (inputTokens[token] === TURN ? 0 : bit));
  }

  override newTurn(role: Role): void {
    this.startTurn(role, "", "");
    this.addTemplateTokens(Int32Array.of(TURN));
  }

  /** What a server is sent. A turn of text alone is a text; sound stands among its texts in their order. */
  async messages(): Promise<readonly ServerMessage[]> {
    const sounds = await Promise.all(this.features());
    const parts = this.turnRoles.map((): ServerPart[] => []);
    const clips = this.audio.clips.map((clip, i) => ({ ...clip, wave: (sounds[i] as (typeof sounds)[number]).data }));
    const placed = [...clips];
    const place = (position: number): void => {
      while (placed[0] !== undefined && placed[0].at <= position) {
        const { turn, wave } = placed.shift() as (typeof clips)[number];
        parts[turn - 1]?.push(soundPart(wave, this.#given.encoding));
      }
    };
    for (let token = 0; token < this.inputTokensNum; token++) {
      place(token);
      if (this.inputTokens[token] === AUDIO_ID || this.inputTokens[token] === TURN) continue;
      addText(parts[int32At(this.tokenTurns, token) - 1] as ServerPart[], this.tokenTexts[token] as string);
    }
    place(this.inputTokensNum);
    const all = this.turnRoles.map((role, i): ServerMessage => ({ role: ROLES[role], content: contentOf(parts[i] as ServerPart[]) }));
    // The answer's own turn is open, and the server opens it.
    return this.speaker === Role.ASSISTANT ? all.slice(0, -1) : all;
  }

  protected override emptyCopy(): MessagesChat {
    return new MessagesChat(this.#given);
  }

  protected override get ownEmptyTurnSequences(): readonly Int32Array[] {
    return [Int32Array.of(TURN)];
  }

  /** Ids are hashes of words; the texts themselves make sure. */
  protected override hashAudio(hash: Hash): void {
    super.hashAudio(hash);
    const sound = this.audio.clips.length > 0 ? [this.#given.encoding] : [];
    hash.update(JSON.stringify([this.turnRoles, Array.from(this.tokenTurns), this.tokenTexts, ...sound]));
  }
}

function addText(parts: ServerPart[], text: string): void {
  const last = parts.at(-1);
  if (last?.type === "text") parts[parts.length - 1] = { type: "text", text: last.text + text };
  else parts.push({ type: "text", text });
}

function contentOf(parts: readonly ServerPart[]): ServerMessage["content"] {
  if (parts.length === 0) return "";
  const [only, ...others] = parts;
  return others.length === 0 && only?.type === "text" ? only.text : parts;
}

/** Longer clips go out in 16 bits, so that none is refused for its size that need not be: vLLM takes files of 25 MB. */
const MOST_FLOATS = 6_000_000;

function soundPart(wave: Float32Array, encoding: WavEncoding): ServerPart {
  const bytes = writeWav(wave, WAVEFORM.rate, wave.length > MOST_FLOATS ? "pcm16" : encoding);
  const data = Buffer.from(bytes).toString("base64");
  return { type: "input_audio", input_audio: { data, format: "wav" } };
}
