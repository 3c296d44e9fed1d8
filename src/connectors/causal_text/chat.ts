import { requireMask } from "../../chat/arguments.js";
import type { TurnMarkers } from "../../chat/chat_builder.js";
import { addTokens, sliceState } from "../../chat/chat_state.js";
import { ModalityFlag, Role } from "../../chat/enums.js";
import { keptPositions } from "../../chat/masks.js";
import type { TokenisationJoint } from "../../chat/types.js";
import { type BaseChatOptions, BaseMllmChat } from "../../compat/chat.js";
import { ConnectorError } from "../../errors.js";
import type { TemplateLayout } from "../../text/template_layout.js";
import type { Tokenizer } from "../../text/tokenizer.js";
import { joinIds } from "../../util/arrays.js";
import { int32At } from "../../util/elements.js";
import { tokenisationJoints } from "./joints.js";
import { type TemplateMarkers, withBos } from "./turn_markers.js";
import { wholeState } from "./whole.js";

export interface TransformersTextChatOptions extends BaseChatOptions {
  readonly tokenizer: Tokenizer;
  /** Turn markers of the model's chat template; null = none: the texts follow each other as they are. @default null */
  readonly markers?: TemplateMarkers | null;
}

const TEMPLATE_ROLES = { system: Role.SYSTEM, user: Role.USER, assistant: Role.ASSISTANT } as const;

/** A text conversation for a causal language model. */
export class TransformersTextChat extends BaseMllmChat {
  readonly tokenizer: Tokenizer;
  readonly #markers: TemplateMarkers | null;
  /** Turns whose template is knit into their neighbours'. */
  #knit: ReadonlySet<number> = new Set();

  constructor(options: TransformersTextChatOptions) {
    super(options);
    this.tokenizer = options.tokenizer;
    this.#markers = options.markers ?? null;
  }

  /** Whether a template stands around the turns. */
  get templated(): boolean {
    return this.#markers !== null;
  }

  /**
   * Masks this chat itself: it keeps the text tokens that a mask over them keeps, with their roles and turns (turns left empty are gone). Masks and groups from outside keep
   * their part; what was explained is forgotten.
   * @returns the text ids that are left.
   * @throws ConnectorError on a wrong size, and then nothing has changed.
   */
  applyTextMask(mask: Uint8Array): Int32Array {
    const { textTokens } = this;
    // A text chat has no other tokens: positions among the text tokens are positions in the chat.
    this.keepOnly(keptPositions(requireMask(mask, textTokens.length, "a mask does not fit the text tokens of the chat")));
    return this.textTokens;
  }

  /** Where tokenising the whole prompt in one go would give other ids. */
  get tokenisationJoints(): readonly TokenisationJoint[] {
    return tokenisationJoints(this.tokenizer, this.inputTokens, this.tokenTexts);
  }

  /** Blanks at the end of the turn's opening are tokenised with the text, as they are in a whole rendering. */
  override addText(text: string): void {
    const { table } = this.state;
    let from = table.length;
    while (this.speaker !== null && from > 0 && this.#isOpeningBlank(from - 1)) from--;
    const blanks = table.texts.slice(from).join("");
    if (blanks === "" || typeof text !== "string" || text === "") {
      super.addText(text);
      return;
    }
    const first = this.tokenizer.opensAfter.has(table.ids[from - 1] ?? -1);
    const ids = this.tokenizer.encode(blanks + text, { first });
    const texts = this.tokenizer.tokenTexts(ids, { first });
    let literal = 0;
    for (let at = 0; literal < texts.length && at + (texts[literal] as string).length <= blanks.length; literal++)
      at += (texts[literal] as string).length;
    const before = sliceState(
      this.state,
      Int32Array.from({ length: from }, (_, i) => i),
    );
    const modality = ModalityFlag.TEXT;
    const opened = addTokens(before, {
      ids: ids.subarray(0, literal),
      texts: texts.slice(0, literal),
      role: Role.SYSTEM,
      template: true,
      modality,
      times: null,
    });
    const role = this.speaker as Role;
    this.state = addTokens(opened, {
      ids: ids.subarray(literal),
      texts: texts.slice(literal),
      role,
      template: false,
      modality,
      times: null,
    });
  }

  #isOpeningBlank(token: number): boolean {
    const { template, turns, texts } = this.state.table;
    const text = texts[token] as string;
    return template[token] === 1 && turns[token] === this.turnNumber && text.trim() === "" && text !== "";
  }

  /** Takes over whole messages with the literals of their rendering, and opens the assistant's answer; the chat must be empty. */
  addLayout(layout: Omit<TemplateLayout, "rendering" | "leftOut">): void {
    const whole = wholeState(this.tokenizer, layout);
    if (whole !== null) this.state = whole;
    else this.#addPieces(layout);
    this.#knit = new Set(layout.turns.flatMap(({ separable }, i) => (separable ? [] : [i + 1])));
  }

  /** Adds a plain text as one user turn, with the special tokens that the tokeniser puts around texts, and opens its continuation. */
  addPrompt(parts: readonly string[]): void {
    const { before, after } = this.tokenizer.affixes;
    if (before.length > 0) this.addTemplateTokens(before);
    this.startTurn(Role.USER, "", "");
    for (const part of parts) this.addText(part);
    if (after.length > 0) this.addTemplateTokens(after);
    this.finishTurn("");
    this.startTurn(Role.ASSISTANT, "", "");
  }

  protected override emptyCopy(): TransformersTextChat {
    return new TransformersTextChat({ ...this.options, tokenizer: this.tokenizer, markers: this.#markers });
  }

  protected override turnMarkers(role: Role): TurnMarkers {
    if (this.#markers !== null) return this.#markers.of(role);
    return { preamble: withBos("", this.tokenizer), open: "", close: "" };
  }

  protected override answerOpening(): string {
    return this.#markers?.answerOpening() ?? "";
  }

  protected override canVanish(turn: number): boolean {
    return !this.#knit.has(turn);
  }

  protected override get ownEmptyTurnSequences(): readonly Int32Array[] {
    if (this.#markers === null) return [];
    return [Role.SYSTEM, Role.USER, Role.ASSISTANT].flatMap((role) => this.#emptyTurns(role));
  }

  protected override adoptAll(source: BaseMllmChat): void {
    if (source instanceof TransformersTextChat) this.#knit = source.#knit;
  }

  protected override adoptRest(source: BaseMllmChat, kept: Int32Array): void {
    if (!(source instanceof TransformersTextChat) || source.#knit.size === 0) return;
    const turns = [...new Set(Array.from(kept, (i) => int32At(source.tokenTurns, i)))].filter((turn) => turn > 0);
    this.#knit = new Set(turns.flatMap((turn, i) => (source.#knit.has(turn) ? [i + 1] : [])));
  }

  /** Each literal and content tokenised on its own. */
  #addPieces(layout: Omit<TemplateLayout, "rendering" | "leftOut">): void {
    layout.messages.forEach(({ role, parts }, i) => {
      const turn = layout.turns[i] as TemplateLayout["turns"][number];
      this.startTurn(TEMPLATE_ROLES[role], withBos(layout.preamble, this.tokenizer), turn.open);
      for (const part of parts) this.addText(part);
      this.finishTurn(turn.close);
    });
    this.startTurn(Role.ASSISTANT, "", layout.generationPrompt);
  }

  #emptyTurns(role: Role): readonly Int32Array[] {
    const markers = this.#markersOrNull(role);
    if (markers === null) return [];
    const close = this.tokenizer.encode(markers.close);
    const openings = new Set([markers.open, markers.openFirst ?? markers.open]);
    return [...openings].map((open) => joinIds([this.tokenizer.encode(open), close])).filter((ids) => ids.length > 0);
  }

  #markersOrNull(role: Role): TurnMarkers | null {
    try {
      return this.#markers?.of(role) ?? null;
    } catch (error) {
      if (error instanceof ConnectorError) return null;
      throw error;
    }
  }
}
