import { ModalityFlag, type SystemRolesSetup } from "./enums.js";
import { andMasks, explainableRoles, keptPositions } from "./masks.js";
import { outsideSequences } from "./sequences.js";
import type { TokenTable } from "./token_table.js";

/** Masks that follow from a chat's tokens, over all tokens, and where its text and audio tokens stand. */
export interface ChatMasks {
  /** 1 = text. */
  readonly text: Uint8Array;
  readonly audio: Uint8Array;
  readonly textPositions: Int32Array;
  readonly audioPositions: Int32Array;
  /** 1 = the role may be explained. */
  readonly explainable: Uint8Array;
  /** `explainable` less the text that the token filter excludes. */
  readonly filtered: Uint8Array;
}

export function chatMasks(table: TokenTable, setup: SystemRolesSetup, excluded: readonly Int32Array[]): ChatMasks {
  const text = Uint8Array.from(table.modality, (flag) => (flag === ModalityFlag.TEXT ? 1 : 0));
  const audio = Uint8Array.from(table.modality, (flag) => (flag === ModalityFlag.AUDIO ? 1 : 0));
  const explainable = explainableRoles(table.roles, setup);
  return {
    text,
    audio,
    textPositions: keptPositions(text),
    audioPositions: keptPositions(audio),
    explainable,
    filtered: excluded.length === 0 ? explainable : andMasks(explainable, outsideSequences(table, excluded)),
  };
}
