import { byteAt } from "../util/elements.js";
import type { Coalition } from "./types.js";

/**
 * A function that packs coalitions of n players into strings, eight players a character: equal keys iff equal coalitions.
 * It reuses one buffer, so it is made once a run (125 characters at n = 1,000).
 */
export function coalitionKeyer(n: number): (coalition: Coalition) => string {
  const bytes = Buffer.alloc(Math.ceil(n / 8));
  return (coalition) => {
    bytes.fill(0);
    for (let i = 0; i < n; i++) {
      if (coalition[i] === 1) bytes[i >> 3] = byteAt(bytes, i >> 3) | (1 << (i & 7));
    }
    return bytes.toString("latin1");
  };
}

/** A coalition as a reader would write it, `{0, 3, 7} of 9 players`; long ones are cut after `limit` members. */
export function formatCoalition(coalition: Coalition, limit = 20): string {
  const members: number[] = [];
  for (let i = 0; i < coalition.length; i++) if (coalition[i] === 1) members.push(i);
  const shown = members.slice(0, limit).join(", ");
  const rest = members.length > limit ? `, … ${members.length - limit} more` : "";
  return `{${shown}${rest}} of ${coalition.length} players`;
}

/** N ∖ S */
export function complement(coalition: Coalition): Coalition {
  return coalition.map((member) => 1 - member);
}

/** |S| */
export function sizeOf(coalition: Coalition): number {
  let size = 0;
  for (const member of coalition) size += member;
  return size;
}

/** The players of a coalition, ascending. */
export function membersOf(coalition: Coalition): readonly number[] {
  const members: number[] = [];
  for (let i = 0; i < coalition.length; i++) if (coalition[i] === 1) members.push(i);
  return members;
}
