import type { Result } from "../../results/result_schema.js";
import { count, plural, short } from "./numbers.js";
import { withVisibleEdges } from "./visible.js";

export interface Fact {
  readonly label: string;
  readonly text: string;
}

/** The head of a view: the answer first, then what was played and by whom. */
export function factsOf(result: Result): readonly [answer: Fact, ...rest: Fact[]] {
  const { response, payoff, explainer, model, runtime } = result;
  return [
    { label: response.finish_reason === "given" ? "given" : "answer", text: answerOf(result) },
    {
      label: "payoff",
      text: `${explainer.payoff}${targetOf(result)}${foilOf(result)}: ${short(payoff.full)} with everything, ${short(payoff.empty)} with nothing`,
    },
    { label: "method", text: `${explainer.sampler}: ${playersOf(result)}, ${coalitionsOf(result)}${maskingOf(result)}` },
    ...rankingOf(result),
    { label: "model", text: `${model.repo} (${model.connector}, ${model.dtype}, ${serverOf(model) ?? runtime.provider})` },
  ];
}

/** How sure the order of the players is, where they were sampled and that is known. */
function rankingOf({ uncertainty: { ranking }, players }: Result): readonly Fact[] {
  const sampled = players.some(({ std_error }) => std_error !== null && std_error > 0);
  if (!sampled || ranking === undefined || ranking === null) return [];
  return [{ label: "ranking", text: `expected rank correlation with the exact values ${ranking.toFixed(2)}` }];
}

/** Of which part of the answer, where it is of one. */
function targetOf({ payoff: { target } }: Result): string {
  if (target === undefined) return "";
  const [from, to] = target.steps;
  const where = to === from + 1 ? `step ${from}` : `steps ${from}–${to - 1}`;
  return target.text.trim() === "" ? ` of ${where}` : ` of ${JSON.stringify(target.text.trim())} (${where})`;
}

function maskingOf({ explainer: { text_masking: masking } }: Result): string {
  if (masking === undefined) return "";
  return `; for text left out: ${masking.kind}${typeof masking.text === "string" ? ` ${JSON.stringify(masking.text)}` : ""}`;
}

function foilOf({ payoff: { contrast } }: Result): string {
  if (contrast === undefined) return "";
  return ` with ${JSON.stringify(contrast.foil)}${contrast.per === "token" ? " per token" : ""}`;
}

/** What a model behind a server ran on; null for one that ran here. */
function serverOf({ server }: Result["model"]): string | null {
  if (server === undefined) return null;
  const place = server.origin === "" ? "" : ` at ${server.origin}`;
  return `${[server.kind, server.version].filter(Boolean).join(" ")}${place}`;
}

export function largestValue({ players }: Result): number {
  return players.reduce((largest, player) => Math.max(largest, Math.abs(player.value)), 0);
}

function answerOf({ response }: Result): string {
  const { audio, tokens } = response;
  const text = response.finish_reason === "given" ? withVisibleEdges(response.text) : response.text.trim();
  const length = audio === null ? "" : audio.seconds === null ? plural(audio.frames, "frame") : `${audio.seconds.toFixed(1)} s`;
  const parts = [text, audio === null ? "" : `♪ ${length} of speech`].filter((part) => part !== "");
  const redacted = tokens.length > 0 && tokens.every((token) => token === "");
  return parts.join("\n") || (redacted ? "▒▒▒" : "(no text)");
}

function coalitionsOf({ explainer }: Result): string {
  const asked = plural(explainer.coalitions, "coalition");
  return explainer.distinct_inputs === explainer.coalitions ? asked : `${asked} (${count(explainer.distinct_inputs)} different inputs)`;
}

/** "9 words", or "3 words + 1 group" */
function playersOf({ players }: Result): string {
  const kinds = new Map<string, number>();
  for (const { kind } of players) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  return [...kinds].map(([kind, number]) => plural(number, kind)).join(" + ") || "no players";
}
