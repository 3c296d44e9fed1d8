import { describe, expect, it } from "vitest";
import type { ChatEntry } from "../../src/chat/chat_entry.js";
import { Role, SystemRolesSetup } from "../../src/chat/enums.js";
import { TokenFilter } from "../../src/chat/token_filter.js";
import { BaseMllmChat } from "../../src/compat/chat.js";
import { ExplainerCache } from "../../src/compat/explainer_cache.js";
import { TransformersTextChat } from "../../src/connectors/causal_text/chat.js";
import { AllTextTokensFilteredOutError, ConnectorError } from "../../src/errors.js";
import { bitString, bits, MarkedChat } from "../support/chats.js";
import { fakeTokenizer } from "../support/fake_tokenizers.js";
import { describeGolden, type GoldenCase, loadGolden, numberOf } from "../support/golden.js";

interface Op {
  readonly op: string;
  readonly role?: keyof typeof Role;
  readonly text?: string;
  readonly ids?: readonly number[];
  readonly mask?: string;
}

function emptyChat(input: GoldenCase["input"]): BaseMllmChat {
  const tokenizer = fakeTokenizer(input.tokenizer);
  const options = {
    tokenFilter: new TokenFilter(input.phrases_to_exclude),
    systemRolesSetup: SystemRolesSetup[input.system_roles_setup as keyof typeof SystemRolesSetup],
    emptyTurnSequences: ((input.empty_turn_sequences ?? []) as string[]).map((text) => tokenizer.encode(text)),
  };
  return input.chat_type === "marked" ? new MarkedChat(tokenizer, options) : new TransformersTextChat({ ...options, tokenizer });
}

function apply(chat: BaseMllmChat, { op, role, text, ids, mask }: Op): void {
  if (op === "new_turn") chat.newTurn(Role[role as keyof typeof Role]);
  else if (op === "end_turn") chat.endTurn();
  else if (op === "add_text") chat.addText(text as string);
  else if (op === "append") chat.append(Int32Array.from(ids as number[]));
  else if (op === "set_group_ids") chat.externalGroupIds = Int32Array.from(ids as number[]);
  else if (op === "set_external_mask") chat.externalShapValuesMask = bits(mask as string);
  else throw new Error(`unknown operation ${op}`);
}

function chatOf(input: GoldenCase["input"]): BaseMllmChat {
  const chat = emptyChat(input);
  for (const op of [...input.ops, ...(input.pre_ops ?? [])] as Op[]) apply(chat, op);
  return chat;
}

const conversationOf = (turns: readonly (readonly ChatEntry[])[]) =>
  turns.map((entries) =>
    entries.map(({ contentType, roles, content, shapValues }) => ({ content_type: contentType, roles, content, shap_values: shapValues })),
  );

function snapshot(chat: BaseMllmChat): Record<string, unknown> {
  return {
    token_ids: [...chat.inputTokens],
    tokens: chat.tokenTexts,
    token_turns: [...chat.tokenTurns],
    token_roles: chat.tokenRoles,
    text_tokens_no_system_mask: bitString(chat.textTokensNoSystemMask),
    text_tokens_no_system_mask_filtered: bitString(chat.textTokensNoSystemMaskFiltered),
    shap_values_mask: bitString(chat.shapValuesMask),
    input_tokens_num: chat.inputTokensNum,
    turn_number: chat.turnNumber,
    speaker: chat.speaker,
    tokens_modality_flag: chat.tokensModalityFlag,
  };
}

function expectError(run: () => unknown, expected: { readonly type: string; readonly message: string }): void {
  const kind = expected.type === "AllTextTokensFilteredOutError" ? AllTextTokensFilteredOutError : ConnectorError;
  expect(run).toThrow(kind);
  expect(run).toThrow(expected.message.split(/[.,:]/)[0] as string);
}

const FATES = {
  build(input: GoldenCase["input"], expected: GoldenCase["expected"]) {
    const chat = chatOf(input);
    expect({ ...snapshot(chat), conversation: conversationOf(chat.getConversation()) }).toEqual(expected);
  },
  from_chat(input: GoldenCase["input"], expected: GoldenCase["expected"]) {
    const chat = chatOf(input);
    expect(snapshot(chat)).toEqual(expected.source);
    (input.masks as string[]).forEach((mask, i) => {
      const { effective_mask, causes, error, ...result } = expected.results[i];
      const given = bits(mask);
      if (error !== undefined) expectError(() => BaseMllmChat.fromChat(given, chat), error);
      else {
        const masked = BaseMllmChat.fromChat(given, chat);
        expect({
          token_ids: [...masked.inputTokens],
          text: masked.decodeText(),
          text_tokens_no_system_mask: bitString(masked.textTokensNoSystemMask),
        }).toEqual(result);
      }
      if (effective_mask !== undefined) expect(bitString(given), "the caller's mask").toBe(effective_mask);
    });
  },
  groups(input: GoldenCase["input"], expected: GoldenCase["expected"]) {
    const chat = chatOf(input);
    const group = () => {
      chat.externalGroupIds = Int32Array.from(input.group_ids);
    };
    if (expected.error !== undefined) {
      expectError(group, expected.error);
      return;
    }
    group();
    expect({
      ...snapshot(chat),
      group_first_positions: [...(chat.externalGroupIdsFirstPositions as Int32Array)],
      group_positive_mask: bitString(chat.externalGroupIdsPositiveMask as Uint8Array),
    }).toEqual(expected.snapshot);
    expect((input.masks as string[]).map((mask) => bitString(chat.translateGroupsIdsMask(bits(mask))))).toEqual(expected.translated);
    const results = (input.masks as string[]).map((mask) => {
      const masked = BaseMllmChat.fromChat(bits(mask), chat);
      return { text: masked.decodeText(), token_ids: [...masked.inputTokens], group_ids_on_new_chat: masked.externalGroupIds };
    });
    expect(results).toEqual(expected.from_chat);
  },
  external_mask(input: GoldenCase["input"], expected: GoldenCase["expected"]) {
    const chat = chatOf(input);
    const set = () => {
      chat.externalShapValuesMask = bits(input.external_shap_values_mask);
    };
    if (expected.error !== undefined) {
      expectError(set, expected.error);
      return;
    }
    set();
    expect(bitString(chat.shapValuesMask)).toBe(expected.shap_values_mask);
  },
  ops(input: GoldenCase["input"], expected: GoldenCase["expected"]) {
    const chat = chatOf(input);
    const ops = input.then_ops as Op[];
    const failing = expected.failed_at ?? ops.length;
    for (const op of ops.slice(0, failing)) apply(chat, op);
    if (expected.error === undefined) {
      const { token_ids, token_turns, token_roles } = snapshot(chat);
      expect({ token_ids, token_turns, token_roles }).toEqual(expected.state);
      return;
    }
    const before = snapshot(chat);
    expectError(() => apply(chat, ops[failing] as Op), expected.error);
    expect(snapshot(chat), "a failed call changes nothing").toEqual(before);
  },
  values(input: GoldenCase["input"], expected: GoldenCase["expected"]) {
    const chat = chatOf(input);
    const normalizedValues = Float64Array.from(input.normalized_values, numberOf);
    const explain = () => {
      const { shapValuesMask } = chat;
      const values = Float64Array.from(shapValuesMask, (bit) => (bit === 1 ? 0 : Number.NaN));
      chat.cache = ExplainerCache.create({
        calculatedBy: "test",
        chat,
        responses: [],
        masks: [],
        shapValuesMask,
        values,
        normalizedValues,
      });
    };
    if (expected.error !== undefined) {
      expectError(explain, expected.error);
      return;
    }
    explain();
    expect(conversationOf(chat.getConversation())).toEqual(expected.conversation);
  },
} as const;

const RULES = [
  ["build_", FATES.build],
  ["from_chat_", FATES.from_chat],
  ["groups_", FATES.groups],
  ["external_mask_", FATES.external_mask],
  ["ops_", FATES.ops],
  ["conversation_with_values_", FATES.values],
  ["cache_error_", FATES.values],
] as const;

function matches({ id, input, expected }: GoldenCase): void {
  const rule = RULES.find(([prefix]) => id.startsWith(`chat_masks/${prefix}`));
  if (rule === undefined) throw new Error(`no rule for ${id}`);
  rule[1](input, expected);
}

const editsMask = ({ input, expected }: GoldenCase): boolean =>
  (expected.results ?? []).some((result: { effective_mask?: string }, i: number) => result.effective_mask !== input.masks[i]);

/** The same vector with what the defect touched set right. */
function mended(vector: GoldenCase): GoldenCase {
  const { input, expected } = vector;
  if (vector.id.endsWith("/groups_whole")) {
    return { ...vector, expected: { ...expected, snapshot: { ...expected.snapshot, shap_values_mask: "10000000" } } };
  }
  const results = expected.results.map((result: object, i: number) => ({ ...result, effective_mask: input.masks[i] }));
  return { ...vector, expected: { ...expected, results } };
}

function defect(vector: GoldenCase): string | undefined {
  if (editsMask(vector)) return "C5: the caller's mask is edited in place; here it is never touched";
  if (vector.id.endsWith("/groups_whole")) return "C6: a group whose first token is of the system vanishes; here groups take precedence";
  return undefined;
}

describeGolden({
  file: "chat_masks",
  matches,
  defect,
  notApplicable: ({ id }) => (id.includes("/chat_entry_repr_") ? "Python's repr: entries are plain data here" : undefined),
});

describe("golden chat_masks, defects", () => {
  for (const vector of loadGolden("chat_masks").filter((candidate) => defect(candidate) !== undefined)) {
    it(`${vector.id}: nothing else differs`, () => matches(mended(vector)));
  }
});
