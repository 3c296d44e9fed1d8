import { ModalityFlag } from "../chat/enums.js";
import type { Chat } from "../chat/types.js";
import { SpecError } from "../errors.js";
import { textUnits } from "../text/units/registry.js";
import { KEPT } from "../text/units/unit.js";
import { sum } from "../util/arrays.js";
import { int32At, itemAt } from "../util/elements.js";
import { type GroupSpec, type NamedTokens, resolveGroups } from "./groups.js";
import { contentRuns, type Run } from "./runs.js";
import type { Player, PlayerKind } from "./types.js";
import { type Granularity, unitsOf } from "./units.js";

export interface Players {
  readonly players: readonly Player[];
  /** One entry a token: 1 + index of its player, 0 = in none. What `Chat.playable` takes. */
  readonly groupIds: Int32Array;
}

/**
 * The players of a chat: every token of `shapValuesMask` is in at most one (in exactly one, where the granularity keeps none), and no other token is in any. Players stand in the
 * order of their first tokens. Tokens of a group are its player; all others fall into units of the granularity, inside their run.
 * @throws SpecError where a group is wrong or nothing can be a player.
 */
export function buildPlayers(chat: Chat, granularity: Granularity, groups: readonly GroupSpec[] = []): Players {
  const runs = contentRuns(chat);
  if (chat.textUnit !== undefined && granularity.text === "token" && runs.some((run) => hasWords(chat, run))) {
    throw new SpecError(
      `explain.players: the tokens of this model are known to its server alone: use ${coarserThanTokens()}, or name its tokeniser with model.tokenizer where the server takes token ids`,
    );
  }
  const named = resolveGroups(chat, runs, groups);
  const grouped = new Set(named.flatMap((group) => group.tokens));
  const drafts = [...named.map(draftOfGroup), ...runs.flatMap((run) => draftsOfRun(chat, run, granularity, grouped))];
  if (drafts.length === 0) {
    throw new SpecError(
      "no token of this conversation can be a player: give it a user message, or loosen explain.system_roles or explain.token_filter",
    );
  }
  drafts.sort((a, b) => itemAt(a.tokens, 0) - itemAt(b.tokens, 0));
  const groupIds = new Int32Array(chat.inputTokensNum);
  drafts.forEach((draft, index) => {
    for (const token of draft.tokens) groupIds[token] = index + 1;
  });
  return { players: drafts.map((draft, index) => playerOf(chat, draft, index)), groupIds };
}

const coarserThanTokens = (): string =>
  textUnits
    .filter(({ cut }) => cut !== null)
    .map(({ name }) => name)
    .join(", ");

function hasWords({ shapValuesMask }: Chat, { kind, start, end }: Run): boolean {
  return kind === "text" && shapValuesMask.subarray(start, end).includes(1);
}

interface Draft {
  readonly kind: PlayerKind;
  /** Ascending, at least one. */
  readonly tokens: readonly number[];
  /** A group's; null = the tokens' text. */
  readonly name: string | null;
  /** Stands before the tokens' text. */
  readonly label: string;
  readonly indented: boolean;
}

const draftOfGroup = (group: NamedTokens): Draft => ({
  ...{ kind: "group", tokens: group.tokens, name: group.name },
  ...{ label: "", indented: false },
});

function draftsOfRun(chat: Chat, run: Run, granularity: Granularity, grouped: ReadonlySet<number>): readonly Draft[] {
  const free: number[] = [];
  const { shapValuesMask } = chat;
  for (let token = run.start; token < run.end; token++) {
    if (shapValuesMask[token] === 1 && !grouped.has(token)) free.push(token);
  }
  if (free.length === 0) return [];
  const { kind, units, label, indented = false } = unitsOf(chat, run, granularity);
  const byUnit = new Map<number, number[]>();
  for (const token of free) {
    const unit = int32At(units, token - run.start);
    if (unit === KEPT) continue;
    const tokens = byUnit.get(unit);
    if (tokens === undefined) byUnit.set(unit, [token]);
    else tokens.push(token);
  }
  return [...byUnit].map(([unit, tokens]) => ({ kind, tokens, name: null, label: label?.(unit) ?? "", indented }));
}

function playerOf(chat: Chat, draft: Draft, index: number): Player {
  const { kind, tokens } = draft;
  const times = tokens.flatMap((token) => chat.tokenTimes[token] ?? []);
  const confidences = tokens.flatMap((token) => chat.tokenConfidences?.[token] ?? []);
  return {
    index,
    kind,
    text: textOf(chat, draft),
    turn: int32At(chat.tokenTurns, itemAt(tokens, 0)),
    tokens,
    startS: times.length === 0 ? null : times.reduce((least, time) => Math.min(least, time.startS), Number.POSITIVE_INFINITY),
    endS: times.length === 0 ? null : times.reduce((most, time) => Math.max(most, time.endS), 0),
    confidence: confidences.length === 0 ? null : sum(confidences) / confidences.length,
  };
}

/** What tokens say together. */
export function joinedText(chat: Pick<Chat, "tokenTexts" | "tokensModalityFlag">, tokens: readonly number[]): string {
  // Words of an aligned clip come without blanks.
  return tokens
    .map((token) => (chat.tokensModalityFlag[token] === ModalityFlag.AUDIO ? ` ${chat.tokenTexts[token]}` : chat.tokenTexts[token]))
    .join("");
}

function textOf(chat: Chat, { tokens, name, label, indented }: Draft): string {
  if (name !== null) return name;
  const text = joinedText(chat, tokens);
  return label + (indented ? text.trimEnd().replace(/^\s*[\r\n\u2028\u2029]/u, "") : text.trim());
}
