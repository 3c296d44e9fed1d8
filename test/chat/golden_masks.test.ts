import { expect } from "vitest";
import { Role, SystemRolesSetup } from "../../src/chat/enums.js";
import { extendTo } from "../../src/chat/masks.js";
import { TransformersTextChat } from "../../src/connectors/causal_text/chat.js";
import { SpecError } from "../../src/errors.js";
import { coalitionKeyer } from "../../src/game/coalitions.js";
import { buildPlayers } from "../../src/players/players.js";
import { enumerateCoalitions } from "../../src/shapley/table.js";
import { bitString, bits } from "../support/chats.js";
import { fakeTokenizer } from "../support/fake_tokenizers.js";
import { describeGolden, type GoldenCase } from "../support/golden.js";

/** A user turn of one-character tokens, of which those of the mask are players. */
function chatWithPlayers(mask: string): TransformersTextChat {
  const chat = new TransformersTextChat({ tokenizer: fakeTokenizer({ kind: "char" }), systemRolesSetup: SystemRolesSetup.NONE });
  chat.newTurn(Role.USER);
  if (mask !== "") chat.addText(String.fromCodePoint(...Array.from(mask, (_, i) => 0x100 + i)));
  chat.endTurn();
  chat.externalShapValuesMask = bits(mask);
  return chat;
}

function matches({ id, input, expected }: GoldenCase): void {
  const name = id.replace("masks_utils/", "");
  if (name.startsWith("pack_")) {
    const { length } = input.mask;
    expect({ bytes_hex: Buffer.from(coalitionKeyer(length)(bits(input.mask)), "latin1").toString("hex"), n_bits: length }).toEqual(
      expected,
    );
  } else if (name.startsWith("materialize_")) {
    const chat = chatWithPlayers(input.shap_values_mask);
    const kept = new Set(chat.withPlayers(bits(input.split)).inputTokens);
    expect({ mask: bitString(chat.inputTokens.map((token) => (kept.has(token) ? 1 : 0))), n_features: chat.playersNum }).toEqual(expected);
  } else if (name.startsWith("precise_split_order_")) {
    // `play` evaluates ∅ and N itself; the order of the others carries no meaning.
    const played = ["0".repeat(input.n), ...(input.n > 1 ? enumerateCoalitions(input.n) : []).map(bitString)];
    expect(played.sort()).toEqual([...expected].sort());
  } else if (name.startsWith("extend_tensor_")) {
    expect([...extendTo(Int32Array.from(input.t), input.target_length, input.fill)]).toEqual(expected);
  } else if (name.startsWith("no_tokens_")) {
    expect(expected.error.type).toBe("NoTokensToExplainError");
    expect(() => buildPlayers(chatWithPlayers(input.shap_values_mask), { text: "token", audio: "token", segmentSeconds: 0.25 })).toThrow(
      SpecError,
    );
  } else throw new Error(`no rule for ${id}`);
}

describeGolden({
  file: "masks_utils",
  matches,
  notApplicable({ id }) {
    if (id.includes("/consecutive_ids_")) return "group ids are never renumbered: players are their distinct values, ascending";
    if (id.includes("/engine_")) return "there is no engine that filters proposals: samplers draw the coalitions that they need";
    return undefined;
  },
});
