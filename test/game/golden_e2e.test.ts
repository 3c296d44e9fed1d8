import { expect } from "vitest";
import { Role, SystemRolesSetup } from "../../src/chat/enums.js";
import { TokenFilter } from "../../src/chat/token_filter.js";
import { TransformersTextChat } from "../../src/connectors/causal_text/chat.js";
import { conversationGame } from "../../src/game/conversation_game.js";
import { play } from "../../src/game/play.js";
import { memoryMemo } from "../../src/memo/memory.js";
import { likelihoodPayoff } from "../../src/payoffs/likelihood.js";
import { buildPlayers } from "../../src/players/players.js";
import { createRng } from "../../src/random.js";
import { NORMALIZERS, type NormalizerName } from "../../src/shapley/normalizers.js";
import { METHODS } from "../../src/shapley/registry.js";
import { bitString, bits } from "../support/chats.js";
import { fakeTokenizer } from "../support/fake_tokenizers.js";
import { fakeModel, response } from "../support/fakes.js";
import { describeGolden, type GoldenCase } from "../support/golden.js";

const TOKENS = { text: "token", audio: "token", segmentSeconds: 1 } as const;
const GREEDY_1 = { maxNewTokens: 1, modelConfig: { textTemperature: 0, textTopK: 1, audioTemperature: 0, audioTopK: 1 }, seed: 0 } as const;

/** The vectors' payoffs, by what they say of them. */
function payoffOf(game: string): (text: string) => number {
  const letters = (text: string): readonly string[] => [...text].filter((character) => /[a-z]/.test(character));
  const weight = (letter: string): number => ((((letter.codePointAt(0) as number) - 97) * 7) % 11) / 10 + 0.05;
  const sum = (text: string): number => letters(text).reduce((total, letter) => total + weight(letter), 0);
  const all = (text: string, wanted: string): boolean => [...wanted].every((letter) => text.includes(letter));
  if (game.startsWith("sqrt")) return (text) => Math.sqrt(letters(text).length);
  if (game.startsWith("additive")) return (text) => sum(text) + (all(text, "ad") ? 1.5 : 0) + (all(text, "beh") ? 0.8 : 0);
  if (game.startsWith("sum of w")) return sum;
  throw new Error(`unknown game ${game}`);
}

function chatOf(input: GoldenCase["input"]): TransformersTextChat {
  const chat = new TransformersTextChat({
    tokenizer: fakeTokenizer({ kind: "char" }),
    tokenFilter: new TokenFilter(input.phrases_to_exclude),
    systemRolesSetup: SystemRolesSetup[input.system_roles_setup as keyof typeof SystemRolesSetup],
  });
  for (const [role, text] of input.turns as readonly (readonly [keyof typeof Role, string])[]) {
    chat.newTurn(Role[role]);
    chat.addText(text);
    chat.endTurn();
  }
  if (input.external_shap_values_mask !== null) chat.externalShapValuesMask = bits(input.external_shap_values_mask);
  return chat;
}

/** Our chain from a chat to normalised values, and what the model was asked. */
async function explained(input: GoldenCase["input"]) {
  const chat = chatOf(input);
  const mask = bitString(chat.shapValuesMask);
  chat.externalGroupIds =
    input.external_group_ids === null ? buildPlayers(chat, TOKENS).groupIds : Int32Array.from(input.external_group_ids);
  const payoff = payoffOf(input.game);
  const model = fakeModel({ score: (text) => [payoff(text)] });
  const game = conversationGame({
    chat,
    model,
    generate: GREEDY_1,
    memo: memoryMemo(),
    target: response({ tokens: [33] }),
    payoff: likelihoodPayoff,
  });
  const { estimate } = await play(game, METHODS.exact.create({ confidence: 0.95 }), { budget: 2 ** game.players, rng: createRng(0) });
  const normalizer = input.normalizer.replace("_", "-") as NormalizerName;
  const normalized = NORMALIZERS[normalizer].apply(estimate.values);
  const groups = chat.externalGroupIds;
  const onTokens = (values: Float64Array) => Array.from(groups, (id) => (id === 0 ? null : (values[id - 1] as number)));
  return { mask, values: onTokens(estimate.values), normalized: onTokens(normalized), asked: new Set(model.asked.flat()) };
}

function close(actual: readonly (number | null)[], expected: readonly (number | null)[]): void {
  actual.forEach((value, i) => {
    const wanted = expected[i] as number | null;
    if (value === null || wanted === null) expect(value, `token ${i}`).toBe(wanted);
    else expect(value, `token ${i}`).toBeCloseTo(wanted, 6);
  });
}

describeGolden({
  file: "explainer_e2e",
  async matches({ input, expected }) {
    const wanted = expected.corrected_with_empty_coalition;
    const ours = await explained(input);
    expect(wanted.error, "our chain explains it").toBeUndefined();
    expect(ours.mask).toBe(wanted.shap_values_mask);
    close(ours.values, wanted.values);
    close(ours.normalized, wanted.normalized_values);
    expect(ours.asked).toEqual(new Set(wanted.model_calls));
  },
  defect: ({ expected }) =>
    expected.corrected_with_empty_coalition.error === undefined
      ? undefined
      : "the answer is added to a chat that must not change, which refuses every chat with groups or an external mask",
});
