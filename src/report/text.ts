import { assertFinite } from "./finite.js";
import type { Result } from "./result_schema.js";
import { conversationLines } from "./text/conversation_view.js";
import { beside, truncate, wrap } from "./text/layout.js";
import { columnFormat, count, plural } from "./text/numbers.js";
import { rankedTable } from "./text/table.js";
import { type ColorSupportLevel, createTheme, plain, type Theme } from "./text/theme.js";
import { warningsOf } from "./text/warnings.js";

export interface TextOptions {
  /** Columns of the terminal. */
  readonly width: number;
  /** 0 none, 1 sixteen colours, 2 256, 3 true colour. */
  readonly colorLevel: ColorSupportLevel;
}

const MARGIN = 11;
const NARROWEST = 40;

/** Heat-mapped chats for reading: raw values throughout; sign by hue and by symbol, so that it reads without colour. */
export function toText(results: readonly Result[], options: TextOptions): string {
  const width = Math.max(NARROWEST, options.width);
  const theme = createTheme(options.colorLevel);
  return results.map((result) => `${view(result, theme, width).join("\n")}\n`).join(`\n${theme.faint("─".repeat(width))}\n\n`);
}

function view(result: Result, theme: Theme, width: number): readonly string[] {
  assertFinite(result);
  const scale = Math.max(0, ...result.players.map((player) => Math.abs(player.value)));
  return [
    theme.strong(truncate(result.spec.path ?? "standard input", width)),
    "",
    ...header(result, theme, width),
    "",
    ...conversationLines(result, scale, theme, MARGIN, width),
    "",
    ...wrap([{ text: legend(scale), paint: theme.faint }], width),
    "",
    ...rankedTable(result, theme, width),
    ...section(
      warningsOf(result).flatMap((warning) => beside("!", 2, wrap([{ text: warning, paint: theme.warn }], width - 2), theme.warn)),
    ),
  ];
}

function header(result: Result, theme: Theme, width: number): readonly string[] {
  const { response, payoff, explainer, model, runtime } = result;
  const number = columnFormat([payoff.full, payoff.empty, payoff.full - payoff.empty], false);
  const sound =
    response.audio === null
      ? ""
      : `♪ ${response.audio.seconds === null ? plural(response.audio.frames, "frame") : `${response.audio.seconds.toFixed(1)} s`} of speech`;
  const answer = [response.text.trim(), sound].filter((part) => part !== "").join("\n") || (redacted(result) ? "▒▒▒" : "(no text)");
  const line = (label: string, text: string, paint = plain) => beside(label, MARGIN, wrap([{ text, paint }], width - MARGIN), theme.faint);
  return [
    ...line(response.finish_reason === "given" ? "given" : "answer", answer, theme.strong),
    ...line("payoff", `${explainer.payoff}: ${number(payoff.full)} with everything, ${number(payoff.empty)} with nothing`),
    ...line("method", `${explainer.sampler}: ${players(result)}, ${coalitions(result)}`),
    ...line("model", `${model.repo} (${model.connector}, ${model.dtype}, ${runtime.provider})`),
  ];
}

function coalitions({ explainer }: Result): string {
  const asked = plural(explainer.coalitions, "coalition");
  return explainer.distinct_inputs === explainer.coalitions ? asked : `${asked} (${count(explainer.distinct_inputs)} different inputs)`;
}

/** "9 words", or "3 words + 1 group" */
function players({ players }: Result): string {
  const kinds = new Map<string, number>();
  for (const { kind } of players) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  return [...kinds].map(([kind, number]) => plural(number, kind)).join(" + ") || "no players";
}

function redacted(result: Result): boolean {
  return result.response.tokens.length > 0 && result.response.tokens.every((token) => token === "");
}

function legend(scale: number): string {
  if (scale === 0) return "Every value is 0: nothing that was left out changed the payoff.";
  return "⁺ raises, ⁻ lowers the payoff; ⁺⁺ from 1/3, ⁺⁺⁺ from 2/3 of the largest value, unmarked below 5 %";
}

function section(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", ...lines];
}
