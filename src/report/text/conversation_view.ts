import type { Result, ResultPlayer } from "../result_schema.js";
import { type TokenRow, tokenRows } from "../tokens.js";
import { beside, type Piece, wrap } from "./layout.js";
import { seconds } from "./numbers.js";
import { marks, plain, type Theme } from "./theme.js";

const ROLE_NAMES = ["user", "assistant", "system"] as const;

/** Consecutive tokens of one player, or of none. */
interface Stretch {
  readonly player: ResultPlayer | null;
  readonly rows: readonly TokenRow[];
}

/**
 * The conversation with every player shaded, one labelled block a turn. Template tokens are left out unless they are players.
 * @param scale largest |value|
 */
export function conversationLines(result: Result, scale: number, theme: Theme, margin: number, width: number): readonly string[] {
  const turns = new Map<number, TokenRow[]>();
  for (const row of tokenRows(result)) turns.set(row.turn, [...(turns.get(row.turn) ?? []), row]);
  const systemTexts = messageTexts(result, "system");
  return [...turns.values()].flatMap((rows) => {
    const pieces = turnPieces(rows, systemTexts, scale, theme);
    const [speaker = 2] = rows.filter((row) => row.role !== 2).map((row) => row.role);
    return pieces.length === 0 ? [] : beside(ROLE_NAMES[speaker], margin, wrap(pieces, width - margin), theme.faint);
  });
}

function turnPieces(rows: readonly TokenRow[], systemTexts: readonly string[], scale: number, theme: Theme): readonly Piece[] {
  const shown = rows.filter((row) => row.player !== null || row.role !== 2);
  if (shown.length > 0) return trimmed(stretches(shown).flatMap((stretch) => stretchPieces(stretch, scale, theme)));
  // A system message looks like the template around it: the spec tells them apart.
  const whole = rows.map((row) => row.content).join("");
  const text = systemTexts.find((candidate) => whole.includes(candidate.trim()));
  return text === undefined ? [] : [{ text: text.trim(), paint: theme.faint }];
}

function stretches(rows: readonly TokenRow[]): readonly Stretch[] {
  const found: { player: ResultPlayer | null; rows: TokenRow[] }[] = [];
  for (const row of rows) {
    const last = found.at(-1);
    const joins = last !== undefined && last.player?.index === row.player?.index && last.rows[0]?.entry === row.entry;
    if (joins) last.rows.push(row);
    else found.push({ player: row.player, rows: [row] });
  }
  return found;
}

/** Blanks around a player stay unshaded; its mark follows its last character. */
function stretchPieces({ player, rows }: Stretch, scale: number, theme: Theme): readonly Piece[] {
  const [first] = rows;
  const audio = first?.contentType === 1;
  const text = audio ? audioText(rows) : rows.map((row) => row.content).join("");
  const [, lead = "", core = "", trail = ""] = /^(\s*)(.*?)(\s*)$/su.exec(text) ?? [];
  const share = player === null || scale === 0 ? 0 : player.value / scale;
  const body = core === "" && player !== null && text === "" ? "▒▒▒" : core;
  return [
    ...(audio && first?.position === 0 ? [{ text: first.token === 0 ? "♪ " : " ♪ ", paint: theme.faint }] : []),
    { text: lead, paint: plain },
    { text: body, paint: player === null ? theme.faint : theme.heat(share) },
    { text: marks(share), paint: theme.sign(share) },
    { text: audio ? " " : trail, paint: plain },
  ].filter((piece) => piece.text !== "");
}

/** What is said in the stretch, or else its times. */
function audioText(rows: readonly TokenRow[]): string {
  const said = rows
    .map((row) => row.content.trim())
    .filter((text) => text !== "")
    .join(" ");
  const start = rows[0]?.startS ?? null;
  const end = rows.at(-1)?.endS ?? null;
  return said !== "" || start === null || end === null ? said : `[${seconds(start, end).replace(" s", "")}]`;
}

/** Without the line breaks that templates put around a turn. */
function trimmed(pieces: readonly Piece[]): readonly Piece[] {
  const blank = ({ text }: Piece) => text.trim() === "";
  const from = pieces.findIndex((piece) => !blank(piece));
  const to = pieces.findLastIndex((piece) => !blank(piece));
  return from < 0 ? [] : pieces.slice(from, to + 1);
}

function messageTexts(result: Result, role: string): readonly string[] {
  const { messages } = result.spec.resolved;
  if (!Array.isArray(messages)) return [];
  return messages
    .filter((message) => message?.role === role && Array.isArray(message.content))
    .map((message) =>
      message.content.map((part: { readonly text?: unknown }) => (typeof part?.text === "string" ? part.text : "")).join(""),
    )
    .filter((text) => text !== "");
}
