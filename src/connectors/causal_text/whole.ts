import { addTokens, type ChatState, closeTurn, EMPTY_CHAT, openTurn } from "../../chat/chat_state.js";
import { ModalityFlag, Role } from "../../chat/enums.js";
import type { TemplateLayout } from "../../text/template_layout.js";
import type { Tokenizer } from "../../text/tokenizer.js";
import { int32At } from "../../util/elements.js";
import { withBos } from "./turn_markers.js";

const ROLES = { system: Role.SYSTEM, user: Role.USER, assistant: Role.ASSISTANT } as const;

/** A stretch of the rendering, and the tokens that are its own. */
interface Piece {
  readonly text: string;
  /** Of the template, or of a message's content. */
  readonly template: boolean;
  /** It is tokenised apart from what stands before it. */
  cut: boolean;
  ids: number[];
  texts: string[];
}

/**
 * The chat of a layout with the tokens that the tokeniser makes of the rendering in one go, as models are trained on. A token that
 * holds white space of the template beside characters of a content (the blank before a first word) is the content's; where one would hold
 * more of the template than that, and between the parts of one message, the text is tokenised apart.
 * @returns null where the tokens do not spell the rendering, so that it cannot be told what is whose.
 */
export function wholeState(tokenizer: Tokenizer, layout: Omit<TemplateLayout, "rendering" | "leftOut">): ChatState | null {
  const preamble = piece(withBos(layout.preamble, tokenizer), true);
  const turns = layout.messages.map(({ role, parts }, i) => {
    const { open, close } = layout.turns[i] as TemplateLayout["turns"][number];
    return { role: ROLES[role], pieces: [piece(open, true), ...parts.map((text, j) => piece(text, false, j > 0)), piece(close, true)] };
  });
  const opening = piece(layout.generationPrompt, true);
  if (!tokenise(tokenizer, [preamble, ...turns.flatMap((turn) => turn.pieces), opening])) return null;
  let state = addPiece(EMPTY_CHAT, preamble, Role.SYSTEM);
  for (const { role, pieces } of turns) {
    state = closeTurn(pieces.reduce((done, one) => addPiece(done, one, role), openTurn(state, role)));
  }
  return addPiece(openTurn(state, Role.ASSISTANT), opening, Role.ASSISTANT);
}

function piece(text: string, template: boolean, cut = false): Piece {
  return { text, template, cut, ids: [], texts: [] };
}

/** Gives the pieces their tokens. @returns whether the tokens spell them. */
function tokenise(tokenizer: Tokenizer, pieces: readonly Piece[]): boolean {
  const filled = pieces.filter(({ text }) => text !== "");
  for (let from = 0; from < filled.length; ) {
    const next = filled.findIndex(({ cut }, i) => i > from && cut);
    const to = next < 0 ? filled.length : next;
    const before = filled[from - 1]?.ids.at(-1);
    const first = before === undefined ? from === 0 : tokenizer.opensAfter.has(before);
    const dealt = deal(tokenizer, filled.slice(from, to), first);
    if (dealt === null) return false;
    if (dealt === DONE) from = to;
    // Tokenised again up to there, and from there on.
    else (filled[from + dealt] as Piece).cut = true;
  }
  return true;
}

const DONE = -1;

/**
 * Gives each token of the joined pieces to one of them.
 * @returns `DONE`, the index of a piece that must be cut off from the one before it, or null where the tokens do not spell the pieces.
 */
function deal(tokenizer: Tokenizer, pieces: readonly Piece[], first: boolean): number | null {
  const text = pieces.map((one) => one.text).join("");
  const ids = tokenizer.encode(text, { first });
  const texts = tokenizer.tokenTexts(ids, { first });
  if (texts.join("") !== text) return null;
  for (const one of pieces) [one.ids, one.texts] = [[], []];
  let at = 0;
  // The piece that character `at` is in, and where that piece starts.
  let [current, start] = [0, 0];
  for (const [i, token] of texts.entries()) {
    // The tail of a character that is spread over several tokens has no text: it goes with the head.
    if (token !== "") {
      while (at >= start + (pieces[current] as Piece).text.length) start += (pieces[current++] as Piece).text.length;
      const owner = ownerOf(token, pieces, current, at - start);
      if (owner.cut !== null) return owner.cut;
      for (; current < owner.piece; current++) start += (pieces[current] as Piece).text.length;
      at += token.length;
    }
    (pieces[current] as Piece).ids.push(int32At(ids, i));
    (pieces[current] as Piece).texts.push(token);
  }
  return DONE;
}

/** Whose a token is that starts `offset` characters into piece `from`; or where it is to be cut. */
function ownerOf(
  token: string,
  pieces: readonly Piece[],
  from: number,
  offset: number,
): { readonly piece: number; readonly cut: number | null } {
  const shares: string[] = [];
  for (let left = token, i = from; left !== ""; i++) {
    const length = (pieces[i] as Piece).text.length - (i === from ? offset : 0);
    shares.push(left.slice(0, length));
    left = left.slice(length);
  }
  const content = shares.findIndex((_, i) => pieces[from + i]?.template === false);
  if (content < 0 || shares.length === 1) return { piece: from, cut: null };
  const foreign = shares.findIndex((share, i) => i !== content && (pieces[from + i]?.template === false || share.trim() !== ""));
  if (foreign < 0) return { piece: from + content, cut: null };
  return { piece: from, cut: from + (foreign < content ? foreign + 1 : foreign) };
}

function addPiece(state: ChatState, { ids, texts, template }: Piece, speaker: Role): ChatState {
  if (ids.length === 0) return state;
  const role = template ? Role.SYSTEM : speaker;
  return addTokens(state, { ids: Int32Array.from(ids), texts, role, template, modality: ModalityFlag.TEXT, times: null });
}
