import type { TurnMarkers } from "../../chat/chat_builder.js";
import { addTokens, type ChatState, closeTurn, EMPTY_CHAT, openTurn } from "../../chat/chat_state.js";
import { ModalityFlag, Role } from "../../chat/enums.js";
import type { BaseMllmChat } from "../../compat/chat.js";
import { ConnectorError } from "../../errors.js";
import type { TemplateLayout } from "../../text/template_layout.js";
import type { Tokenizer } from "../../text/tokenizer.js";
import { joinIds } from "../../util/arrays.js";
import { int32At } from "../../util/elements.js";
import { checkSpelling } from "../causal_text/build.js";
import { type TemplateMarkers, withBos } from "../causal_text/turn_markers.js";
import { wholeState } from "../causal_text/whole.js";
import { SpeechChat } from "./chat.js";
import type { SpeechChatOptions } from "./chat_options.js";
import type { Clip } from "./clip.js";
import { placeClips } from "./place_clips.js";
import type { Alignment } from "./read_clip.js";

export interface TemplatedSpeechChatOptions extends SpeechChatOptions {
  /** Turn markers of the model's chat template; null = it has none. */
  readonly markers: TemplateMarkers | null;
}

const ROLES = { system: Role.SYSTEM, user: Role.USER, assistant: Role.ASSISTANT } as const;

/** A conversation of text and audio for a model with a chat template. Clips stand where they were given, among the texts of their message. */
export class TemplatedSpeechChat extends SpeechChat {
  readonly #given: TemplatedSpeechChatOptions;
  /** Turns whose template is knit into their neighbours'. */
  #knit: ReadonlySet<number> = new Set();

  constructor(options: TemplatedSpeechChatOptions) {
    super(options);
    this.#given = options;
  }

  /** A clip to be placed by `addLayout`. @throws AudioError where the bytes are no sound, ConnectorError where its words cannot be found. */
  async read(bytes: Uint8Array, alignment: Alignment | null): Promise<Clip> {
    return await this.readClip(bytes, alignment);
  }

  /**
   * Takes over whole messages with the literals of their rendering, and opens the assistant's answer; the chat must be empty.
   * @param placeholder token that clips stand in the place of, in order.
   * @throws ConnectorError where the tokens do not spell what the template rendered, or clips and placeholders are not as many.
   */
  addLayout(layout: TemplateLayout, clips: readonly Clip[], placeholder: number): void {
    const { tokenizer } = this;
    const texts = wholeState(tokenizer, layout) ?? piecewise(tokenizer, layout);
    checkSpelling(tokenizer, texts.table.texts, layout.rendering);
    const { state, audio } = placeClips(texts, this.audio, clips, placeholder);
    this.state = state;
    this.audio = audio;
    this.#knit = new Set(layout.turns.flatMap(({ separable }, i) => (separable ? [] : [i + 1])));
  }

  protected override emptyCopy(): TemplatedSpeechChat {
    return new TemplatedSpeechChat(this.#given);
  }

  protected override turnMarkers(role: Role): TurnMarkers {
    const { markers } = this.#given;
    if (markers === null) throw new ConnectorError("this model has no chat template, so that it is not known how its turns are written");
    return markers.of(role);
  }

  protected override answerOpening(): string {
    return this.#given.markers?.answerOpening() ?? "";
  }

  protected override canVanish(turn: number): boolean {
    return !this.#knit.has(turn) && super.canVanish(turn);
  }

  protected override get ownEmptyTurnSequences(): readonly Int32Array[] {
    return [Role.SYSTEM, Role.USER, Role.ASSISTANT].flatMap((role) => this.#emptyTurns(role));
  }

  protected override adoptAll(source: BaseMllmChat): void {
    if (source instanceof TemplatedSpeechChat) this.#knit = source.#knit;
    super.adoptAll(source);
  }

  protected override adoptRest(source: BaseMllmChat, kept: Int32Array): void {
    super.adoptRest(source, kept);
    if (!(source instanceof TemplatedSpeechChat) || source.#knit.size === 0) return;
    const turns = [...new Set(Array.from(kept, (i) => int32At(source.tokenTurns, i)))].filter((turn) => turn > 0);
    this.#knit = new Set(turns.flatMap((turn, i) => (source.#knit.has(turn) ? [i + 1] : [])));
  }

  #emptyTurns(role: Role): readonly Int32Array[] {
    try {
      const { open, openFirst = open, close } = this.turnMarkers(role);
      const end = this.tokenizer.encode(close);
      return [...new Set([open, openFirst])].map((text) => joinIds([this.tokenizer.encode(text), end])).filter((ids) => ids.length > 0);
    } catch (error) {
      // A template without such a turn has no empty one.
      if (error instanceof ConnectorError) return [];
      throw error;
    }
  }
}

/** Each literal and content tokenised on its own. */
function piecewise(tokenizer: Tokenizer, layout: TemplateLayout): ChatState {
  const add = (state: ChatState, text: string, role: Role, template: boolean): ChatState => {
    if (text === "") return state;
    const first = state.table.ids.every((id) => tokenizer.specialIds.has(id)) || tokenizer.opensAfter.has(state.table.ids.at(-1) ?? -1);
    const ids = tokenizer.encode(text, { first });
    const texts = tokenizer.tokenTexts(ids, { first });
    return addTokens(state, { ids, texts, role: template ? Role.SYSTEM : role, template, modality: ModalityFlag.TEXT, times: null });
  };
  let state = add(EMPTY_CHAT, withBos(layout.preamble, tokenizer), Role.SYSTEM, true);
  layout.messages.forEach(({ role, parts }, i) => {
    const { open, close } = layout.turns[i] as TemplateLayout["turns"][number];
    state = add(openTurn(state, ROLES[role]), open, Role.SYSTEM, true);
    for (const part of parts) state = add(state, part, ROLES[role], false);
    state = closeTurn(add(state, close, Role.SYSTEM, true));
  });
  return add(openTurn(state, Role.ASSISTANT), layout.generationPrompt, Role.SYSTEM, true);
}
