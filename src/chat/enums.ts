/** Numeric values are part of the output format. */
export enum ModalityFlag {
  TEXT = 0,
  AUDIO = 1,
  IGNORE = -1,
}

/** Who speaks. Template and steering tokens are SYSTEM, whatever turn they stand in. Numeric values are part of the output format. */
export enum Role {
  USER = 0,
  ASSISTANT = 1,
  SYSTEM = 2,
}

/** Which generated outputs enter the history of a continued conversation. */
export enum ModelHistoryTrackingMode {
  TEXT = 0,
  AUDIO = 1,
  TEXT_AUDIO = 2,
}

/** Which tokens may be players. */
export enum SystemRolesSetup {
  /** Every token is explainable. */
  NONE = 0,
  /** System, template and steering tokens are not. */
  SYSTEM = 1,
  /** Assistant turns are not either. */
  SYSTEM_ASSISTANT = 2,
}

/**
 * @param ordinal 0, 1 or 2.
 * @throws RangeError on any other number.
 */
export function roleFromOrdinal(ordinal: number): Role {
  if (ordinal === Role.USER || ordinal === Role.ASSISTANT || ordinal === Role.SYSTEM) return ordinal;
  throw new RangeError(`no role has the ordinal ${ordinal}: valid are 0 (user), 1 (assistant), 2 (system)`);
}
