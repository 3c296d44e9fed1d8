/** One byte a player. @param number its bits tell who is there */
export const coalitionAt = (number: number, players: number): Uint8Array =>
  Uint8Array.from({ length: players }, (_, i) => (number >> i) & 1);
