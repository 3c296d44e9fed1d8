import type { Result, ResultPlayer } from "../../results/result_schema.js";
import { type TokenRow, tokenRows } from "../../results/tokens.js";
import { seconds } from "./numbers.js";

const ROLE_NAMES = ["user", "assistant", "system"] as const;

/** Consecutive tokens of one player, or of none, as they are shown. */
export interface Stretch {
  readonly player: ResultPlayer | null;
  /** Without the blanks around it, which are never shaded. */
  readonly text: string;
  readonly lead: string;
  readonly trail: string;
  /** It is of a clip; `opens` where the clip begins with it. */
  readonly audio: boolean;
  readonly opens: boolean;
}

export interface ShownTurn {
  readonly speaker: (typeof ROLE_NAMES)[number];
  readonly stretches: readonly Stretch[];
}

/** The conversation as a reader would quote it: template tokens are left out unless they are players. */
export function turnsOf(result: Result): readonly ShownTurn[] {
  const turns = new Map<number, TokenRow[]>();
  // The answer stands in the head of every view, and by its parts in `outputs`.
  for (const row of tokenRows(result).filter(({ answer }) => !answer)) {
    const rows = turns.get(row.turn);
    if (rows === undefined) turns.set(row.turn, [row]);
    else rows.push(row);
  }
  const systemTexts = messageTexts(result, "system");
  const redacted = result.conversation.every((turn) => turn.every((entry) => entry.content.every((content) => content === "")));
  return [...turns.values()].flatMap((rows) => {
    const stretches = stretchesOf(rows, systemTexts, redacted);
    const [speaker = 2] = rows.filter((row) => row.role !== 2).map((row) => row.role);
    return stretches.length === 0 ? [] : [{ speaker: ROLE_NAMES[speaker], stretches }];
  });
}

function stretchesOf(rows: readonly TokenRow[], systemTexts: readonly string[], redacted: boolean): readonly Stretch[] {
  const shown = rows.filter((row) => row.player !== null || row.role !== 2);
  if (shown.length > 0) return trimmed(joined(shown).map((each) => stretch(each, redacted)));
  // A system message looks like the template around it: the spec tells them apart.
  const whole = rows.map((row) => row.content).join("");
  const text = systemTexts.find((candidate) => whole.includes(candidate.trim()));
  return text === undefined ? [] : [{ player: null, text: text.trim(), lead: "", trail: "", audio: false, opens: false }];
}

function joined(rows: readonly TokenRow[]): readonly (readonly TokenRow[])[] {
  const found: TokenRow[][] = [];
  for (const row of rows) {
    const last = found.at(-1);
    const [first] = last ?? [];
    if (last !== undefined && first?.player === row.player && first.entry === row.entry) last.push(row);
    else found.push([row]);
  }
  return found;
}

function stretch(rows: readonly TokenRow[], redacted: boolean): Stretch {
  const [first] = rows;
  const player = first?.player ?? null;
  const audio = first?.contentType === 1;
  const whole = audio ? audioText(rows) : rows.map((row) => row.content).join("");
  const [, lead = "", core = "", trail = ""] = /^(\s*)(.*?)(\s*)$/su.exec(whole) ?? [];
  // What is left of a redacted player, or of a character whose text stands on an earlier token.
  const text = whole === "" && player !== null ? "▒" : core;
  return { player, text, lead, trail: audio || redacted ? " " : trail, audio, opens: audio && first?.position === 0 };
}

/** What is said in the stretch, or else its times. */
function audioText(rows: readonly TokenRow[]): string {
  const said = rows
    .map((row) => row.content.trim())
    .filter((text) => text !== "")
    .join(" ");
  const start = rows[0]?.startS ?? rows[0]?.player?.start_s ?? null;
  const end = rows.at(-1)?.endS ?? rows[0]?.player?.end_s ?? null;
  return said !== "" || start === null || end === null ? said : `[${seconds(start, end).replace(" s", "")}]`;
}

/** Without the line breaks that templates put around a turn. */
function trimmed(stretches: readonly Stretch[]): readonly Stretch[] {
  const filled = ({ text }: Stretch) => text !== "";
  const from = stretches.findIndex(filled);
  const to = stretches.findLastIndex(filled);
  return stretches
    .slice(Math.max(0, from), to + 1)
    .map((each, i, all) => ({ ...each, lead: i === 0 ? "" : each.lead, trail: i === all.length - 1 ? "" : each.trail }));
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
