/** Bounds on what a spec may be, so that a stranger's file cannot exhaust memory before its first error. */
export const LIMITS = {
  /** Bytes of a spec file or of stdin, without sound that stands in it as base64. */
  fileBytes: 1024 * 1024,
  /** Bytes with it. */
  fileBytesWithSound: 64 * 1024 * 1024,
  /** How often an anchored value may be repeated by YAML aliases, counted through nested ones. */
  aliases: 100,
  /** Nested lists and mappings. */
  depth: 32,
  /** Words, marks and breaks of YAML in one file. */
  tokens: 200_000,
  messages: 1_000,
  partsPerMessage: 100,
  /** UTF-16 code units of one text part. */
  textLength: 200_000,
  groups: 1_000,
  /** Token ranges of one group. */
  rangesPerGroup: 1_000,
} as const;
