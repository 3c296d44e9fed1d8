import { maxOf } from "../arrays.js";
import type { InspectedToken, Inspection, PredictedCost } from "../inspect.js";
import type { Player } from "../players/types.js";
import { escapeControl } from "../report/escape.js";

/** The inspection as plain JSON, keys as in results. */
export function inspectionJson({ model, plan, context, tokens, players, answer, joints, cost }: Inspection): string {
  const { connector, repo, resolvedRevision, dtype, provider, sha256 } = model;
  const json = {
    model: { connector, repo, resolved_revision: resolvedRevision, dtype, provider, sha256 },
    plan,
    context,
    answer,
    cost:
      cost === null
        ? null
        : {
            sampler: cost.sampler,
            coalitions: cost.coalitions,
            distinct_inputs: cost.distinctInputs,
            seconds: cost.seconds,
            timed: cost.timed,
          },
    players: players.map(({ startS, endS, ...player }) => ({ ...player, start_s: startS, end_s: endS })),
    tokens,
    joints,
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

/** The inspection for reading. */
export function inspectionText({ model, plan, context, tokens, players, answer, joints, cost }: Inspection): string {
  const lines = [
    `model    ${model.repo} (${model.connector}, ${model.dtype}, ${model.provider})`,
    `plan     ${plan}`,
    `context  ${context === null ? "the model does not state its window" : `${context.used} of ${context.window} tokens`}`,
    `answer   ${answer ?? "not asked for"}`,
    `cost     ${cost === null ? "not measured" : costLine(cost)}`,
    "",
    ...playerTable(players),
    "",
    ...tokenTable(tokens),
    ...(joints.length === 0 ? [] : ["", `Tokenised in one go, the prompt would have other tokens at ${joints.length} places:`]),
    ...joints.map(({ at, fed, whole }) => `  character ${at}: the model is fed ${quoted(fed)} instead of ${quoted(whole)}`),
  ];
  return `${lines.map(escapeControl).join("\n")}\n`;
}

function costLine({ sampler, coalitions, distinctInputs, seconds, timed }: PredictedCost): string {
  const time =
    seconds < 1 ? "less than a second" : seconds < 120 ? `about ${Math.round(seconds)} s` : `about ${Math.round(seconds / 60)} min`;
  return `${sampler}: ${coalitions} coalitions, about ${distinctInputs} different inputs, ${time} (${timed} of them timed)`;
}

function playerTable(players: readonly Player[]): readonly string[] {
  return table(
    ["player", "kind", "turn", "tokens", "seconds", "text"],
    players.map(({ index, kind, turn, tokens, startS, endS, text }) => [
      String(index),
      kind,
      String(turn),
      ranges(tokens),
      startS === null || endS === null ? "" : `${startS.toFixed(2)}–${endS.toFixed(2)}`,
      text,
    ]),
  );
}

function tokenTable(tokens: readonly InspectedToken[]): readonly string[] {
  return table(
    ["token", "turn", "role", "player", "text"],
    tokens.map(({ position, turn, role, player, text }) => [
      String(position),
      String(turn),
      role,
      player === null ? "" : String(player),
      JSON.stringify(text),
    ]),
  );
}

/** Left-aligned columns two blanks apart; the last one is as wide as it likes. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) => maxOf(all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) => row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join("  "));
}

/** `[3, 6) [8, 9)`, as `groups` takes them. */
function ranges(tokens: readonly number[]): string {
  const starts = tokens.filter((token, i) => tokens[i - 1] !== token - 1);
  const ends = tokens.filter((token, i) => tokens[i + 1] !== token + 1);
  return starts.map((start, i) => `[${start}, ${(ends[i] ?? start) + 1})`).join(" ");
}

function quoted(texts: readonly string[]): string {
  return texts.map((text) => JSON.stringify(text)).join(" ");
}
