import type { Chat } from "../chat/types.js";
import type { PlayerTree } from "../game/types.js";
import { int32At, itemAt } from "../util/elements.js";
import { contentRuns, type Run } from "./runs.js";
import type { Player } from "./types.js";
import { unitsOf } from "./units.js";

/** A union that a player belongs to: equal keys under one parent = one union. */
interface Step {
  readonly key: number;
  readonly name: string;
}

interface Placed {
  readonly player: number;
  /** From the coarsest union to the finest; equally long for all players. */
  readonly path: readonly Step[];
}

/**
 * Unions of players from coarse to fine: conversation → turns → texts and clips → sentences → words → players, in clips stretches of
 * `segmentSeconds` → players. A player of several unions (a group) stands where its first token does. Levels that unite nothing
 * are there too: they change no value.
 */
export function playerTree(chat: Chat, players: readonly Player[], segmentSeconds: number): PlayerTree {
  const steps = new Map(contentRuns(chat).flatMap((run) => stepsOfRun(chat, run, segmentSeconds)));
  const placed = players.map(({ index, tokens }) => ({ player: index, path: steps.get(itemAt(tokens, 0)) as readonly Step[] }));
  return { name: "conversation", children: nest(placed, 0) };
}

/** For each token of the run, the unions that it belongs to. */
function stepsOfRun(chat: Chat, run: Run, segmentSeconds: number): readonly (readonly [token: number, path: readonly Step[]])[] {
  const timed = chat.tokenTimes.slice(run.start, run.end).every((time) => time !== null);
  const levels = [
    unitsOf(chat, run, { text: "sentence", audio: timed ? "segment" : "token", segmentSeconds }).units,
    unitsOf(chat, run, { text: "word", audio: "token", segmentSeconds }).units,
  ].map((units) => {
    const texts = textsOf(run, units);
    return (position: number): Step => ({ key: int32At(units, position), name: texts.get(int32At(units, position)) as string });
  });
  const outer: readonly Step[] = [
    { key: run.turn, name: `turn ${run.turn}` },
    { key: run.start, name: run.kind },
  ];
  return Array.from({ length: run.end - run.start }, (_, position) => [
    run.start + position,
    [...outer, ...levels.map((stepAt) => stepAt(position))],
  ]);
}

function textsOf(run: Run, units: Int32Array): ReadonlyMap<number, string> {
  const texts = new Map<number, string>();
  units.forEach((unit, position) => {
    texts.set(unit, (texts.get(unit) ?? "") + run.text.slice(run.offsets[position], run.offsets[position + 1]));
  });
  for (const [unit, text] of texts) texts.set(unit, text.trim());
  return texts;
}

/** Children in the order of their first players. */
function nest(placed: readonly Placed[], depth: number): readonly PlayerTree[] {
  const unions = new Map<number, { readonly name: string; readonly members: Placed[] }>();
  for (const one of placed) {
    const step = one.path[depth];
    if (step === undefined) return placed.map(({ player }) => player);
    const union = unions.get(step.key);
    if (union === undefined) unions.set(step.key, { name: step.name, members: [one] });
    else union.members.push(one);
  }
  return [...unions.values()].map(({ name, members }) => ({ name, children: nest(members, depth + 1) }));
}
