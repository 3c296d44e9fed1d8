/** Tells a broken surrounding (a server that is down, a model that is missing) from conversations that fail by themselves. */
export interface Breaker {
  success(): void;
  /** @returns the keys of the failures in a row, where that is too many: the run should stop and each be forgiven; else null. */
  failure(key: string, kind: string): readonly string[] | null;
}

/** Different conversations in a row. */
export const MOST_IN_A_ROW = 10;

/** Trips after so many failures of one kind, of different conversations, without a success between them. */
export function createBreaker(most = MOST_IN_A_ROW): Breaker {
  let kind = "";
  let row: string[] = [];
  return {
    success: () => {
      row = [];
    },
    failure(key, now) {
      row = now === kind ? [...row, key] : [key];
      kind = now;
      return new Set(row).size >= most ? row : null;
    },
  };
}
