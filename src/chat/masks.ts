import { byteAt } from "../util/elements.js";
import { Role, SystemRolesSetup } from "./enums.js";

/** How many entries are not 0. */
export function countKept(mask: Uint8Array): number {
  let count = 0;
  for (const bit of mask) if (bit !== 0) count++;
  return count;
}

/** Positions of the entries that are not 0, ascending. */
export function keptPositions(mask: Uint8Array): Int32Array {
  const positions = new Int32Array(countKept(mask));
  let next = 0;
  for (let i = 0; i < mask.length; i++) if (mask[i] !== 0) positions[next++] = i;
  return positions;
}

/** 1 at `positions`, 0 elsewhere. */
export function maskOf(positions: Int32Array, length: number): Uint8Array {
  const mask = new Uint8Array(length);
  for (const position of positions) mask[position] = 1;
  return mask;
}

/** 1 where both are 1. */
export function andMasks(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((bit, i) => (bit !== 0 && b[i] !== 0 ? 1 : 0));
}

/** The entries of `mask` at `positions`: a mask over all tokens becomes one relative to some of them. */
export function pickMask(mask: Uint8Array, positions: Int32Array): Uint8Array {
  return Uint8Array.from(positions, (position) => byteAt(mask, position));
}

/** Which tokens the setup lets be explained, by the role of each. */
export function explainableRoles(roles: Uint8Array, setup: SystemRolesSetup): Uint8Array {
  return roles.map((role) => {
    if (setup === SystemRolesSetup.NONE) return 1;
    if (role === Role.SYSTEM) return 0;
    return setup === SystemRolesSetup.SYSTEM_ASSISTANT && role === Role.ASSISTANT ? 0 : 1;
  });
}

/** Number of each kept entry, from 0 in order; −1 for the others. */
export function playerNumbers(mask: Uint8Array): Int32Array {
  let next = 0;
  return Int32Array.from(mask, (bit) => (bit === 0 ? -1 : next++));
}

/** `values` followed by as many `fill` as `length` asks for; longer ones are left as they are. */
export function extendTo<T extends Uint8Array | Float64Array | Int32Array>(values: T, length: number, fill: number): T {
  const extended = new (values.constructor as new (size: number) => T)(Math.max(values.length, length));
  extended.set(values);
  extended.fill(fill, values.length);
  return extended;
}
