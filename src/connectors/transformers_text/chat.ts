import { joinIds } from "../../arrays.js";
import { ConnectorError } from "../../errors.js";
import { type BaseChatOptions, BaseMllmChat } from "../base/chat.js";
import type { TurnMarkers } from "../base/chat_builder.js";
import { keptPositions } from "../base/masks.js";
import type { Tokenizer } from "../base/tokenizer.js";
import type { TokenisationJoint } from "../base/types.js";
import { Role } from "../enums.js";
import { tokenisationJoints } from "./joints.js";
import { type TemplateMarkers, withBos } from "./markers.js";
import type { TemplateLayout } from "./template.js";

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

  /** Text ids that a mask over the text tokens keeps. @throws ConnectorError on a wrong size. */
  applyTextMask(mask: Uint8Array): Int32Array {
    const { textTokens } = this;
    if (mask.length !== textTokens.length)
      throw new ConnectorError(`a mask of ${mask.length} does not fit ${textTokens.length} text tokens`);
    return keptPositions(mask).map((i) => textTokens[i] as number);
  }

  /** Where tokenising the whole prompt in one go would give other ids. */
  get tokenisationJoints(): readonly TokenisationJoint[] {
    return tokenisationJoints(this.tokenizer, this.inputTokens, this.tokenTexts);
  }

  /** Adds whole messages with the literals of their rendering, and opens the assistant's answer. */
  addLayout(layout: Omit<TemplateLayout, "rendering" | "leftOut">): void {
    layout.messages.forEach(({ role, parts }, i) => {
      const turn = layout.turns[i] as TemplateLayout["turns"][number];
      this.startTurn(TEMPLATE_ROLES[role], withBos(layout.preamble, this.tokenizer), turn.open);
      for (const part of parts) this.addText(part);
      this.finishTurn(turn.close);
    });
    this.#knit = new Set(layout.turns.flatMap(({ separable }, i) => (separable ? [] : [i + 1])));
    this.startTurn(Role.ASSISTANT, "", layout.generationPrompt);
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

  protected override canVanish(turn: number): boolean {
    return !this.#knit.has(turn);
  }

  protected override get ownEmptyTurnSequences(): readonly Int32Array[] {
    if (this.#markers === null) return [];
    return [Role.SYSTEM, Role.USER, Role.ASSISTANT].flatMap((role) => this.#emptyTurns(role));
  }

  protected override adoptRest(source: BaseMllmChat, kept: Int32Array): void {
    if (!(source instanceof TransformersTextChat) || source.#knit.size === 0) return;
    const turns = [...new Set(Array.from(kept, (i) => source.tokenTurns[i] as number))].filter((turn) => turn > 0);
    this.#knit = new Set(turns.flatMap((turn, i) => (source.#knit.has(turn) ? [i + 1] : [])));
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
