import type { ModalityFlag, Role } from "./enums.js";

/** A run of tokens of one modality inside a turn. On disk the keys are snake_case. */
export interface ChatEntry {
  readonly contentType: ModalityFlag;
  /** One a token. */
  readonly roles: readonly Role[];
  /** Decoded text, or encoded audio, of each token or segment. */
  readonly content: readonly (string | Uint8Array)[];
  /** Normalised values, one a token; a null entry = not a player, null = none computed. */
  readonly shapValues: readonly (number | null)[] | null;
}
