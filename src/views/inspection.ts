import type { InspectedToken, Inspection, PredictedCost, ServedCost } from "../results/inspection.js";
import { toBlock } from "../results/players.js";
import { escapeControl } from "../util/escape.js";
import { registryOf } from "../util/registry.js";
import { columns } from "./columns.js";
import { jsonDocument, textDocument } from "./document.js";

/** Every format of inspections. */
export const INSPECTION_FORMATS = registryOf(jsonDocument(toPlain), textDocument(inspectionText));

/** The inspection as plain JSON, keys as in results. */
function toPlain({ model, plan, context, tokens, players, answer, joints, cost }: Inspection) {
  const { connector, repo, resolvedRevision, dtype, provider, sha256, server } = model;
  return {
    model: { connector, repo, resolved_revision: resolvedRevision, dtype, provider, sha256, ...(server === undefined ? {} : { server }) },
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
            ...(cost.served === null ? {} : { served: servedPlain(cost.served) }),
          },
    players: players.map((player) => {
      const { start_s, end_s, ...rest } = toBlock(player);
      return { ...rest, start_s, end_s };
    }),
    tokens,
    joints,
  };
}

/** The inspection for reading. */
function inspectionText({ model, plan, context, tokens, players, answer, joints, cost }: Inspection): string {
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

const servedPlain = ({ promptTokens, answerTokens, unit, price }: ServedCost) => ({
  prompt_tokens: promptTokens,
  answer_tokens: answerTokens,
  unit,
  price,
});

function costLine({ sampler, coalitions, distinctInputs, seconds, timed, served }: PredictedCost): string {
  const work = `${sampler}: ${coalitions} coalitions, about ${distinctInputs} different inputs`;
  const time = seconds === null ? "" : `, ${durationOf(seconds)} (${timed} of them timed)`;
  return `${work}${time}${served === null ? "" : `, ${sentLine(served)}`}`;
}

function durationOf(seconds: number): string {
  return seconds < 1 ? "less than a second" : seconds < 120 ? `about ${Math.round(seconds)} s` : `about ${Math.round(seconds / 60)} min`;
}

function sentLine({ promptTokens, answerTokens, unit, price }: ServedCost): string {
  const count = (tokens: number): string => `${tokens.toLocaleString("en-US")} ${unit}s`;
  const paid = price === null ? "" : `, ${price.toFixed(2)} by the prices given`;
  return `about ${count(promptTokens)} sent and at most ${count(answerTokens)} of answers${paid}`;
}

function playerTable(players: Inspection["players"]): readonly string[] {
  return columns(
    [
      ["player", "kind", "turn", "tokens", "seconds", "text"],
      ...players.map(({ index, kind, turn, tokens, startS, endS, text }) => [
        String(index),
        kind,
        String(turn),
        ranges(tokens),
        startS === null || endS === null ? "" : `${startS.toFixed(2)}–${endS.toFixed(2)}`,
        text,
      ]),
    ],
    ["left"],
  );
}

function tokenTable(tokens: readonly InspectedToken[]): readonly string[] {
  return columns(
    [
      ["token", "turn", "role", "player", "text"],
      ...tokens.map(({ position, turn, role, player, text }) => [
        String(position),
        String(turn),
        role,
        player === null ? "" : String(player),
        JSON.stringify(text),
      ]),
    ],
    ["left"],
  );
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
