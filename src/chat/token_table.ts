import type { StandIn } from "../text/masks/mask.js";
import { byteAt, int32At, numberAt } from "../util/elements.js";
import type { ModalityFlag, Role } from "./enums.js";
import type { TimeSpan } from "./types.js";

/** Stands in `ids` for a token that has no text id. */
export const AUDIO_ID = -1;

/** What a chat knows of each token, in prompt order. Never modified: appending and slicing make new ones. */
export interface TokenTable {
  readonly length: number;
  /** Text ids; `AUDIO_ID` for audio. */
  readonly ids: Int32Array;
  /** A `ModalityFlag` each. */
  readonly modality: Int8Array;
  /** From 1; 0 = before the first turn. */
  readonly turns: Int32Array;
  /** A `Role` each. */
  readonly roles: Uint8Array;
  /** 1 = put there by the template, 0 = content. */
  readonly template: Uint8Array;
  readonly texts: readonly string[];
  readonly times: readonly (TimeSpan | null)[];
}

/** Tokens to append: all of one turn, role and origin. */
export interface TokenRun {
  readonly ids: Int32Array;
  readonly modality: ModalityFlag;
  readonly turn: number;
  readonly role: Role;
  readonly template: boolean;
  readonly texts: readonly string[];
  /** null = no times. */
  readonly times: readonly (TimeSpan | null)[] | null;
}

export const NO_TOKENS: TokenTable = {
  length: 0,
  ids: new Int32Array(0),
  modality: new Int8Array(0),
  turns: new Int32Array(0),
  roles: new Uint8Array(0),
  template: new Uint8Array(0),
  texts: [],
  times: [],
};

export function appendRun(table: TokenTable, run: TokenRun): TokenTable {
  const added = run.ids.length;
  const grow = <T extends Int32Array | Int8Array | Uint8Array>(values: T, fill: number): T => {
    const grown = new (values.constructor as new (size: number) => T)(table.length + added);
    grown.set(values);
    grown.fill(fill, table.length);
    return grown;
  };
  const ids = grow(table.ids, 0);
  ids.set(run.ids, table.length);
  return {
    length: table.length + added,
    ids,
    modality: grow(table.modality, run.modality),
    turns: grow(table.turns, run.turn),
    roles: grow(table.roles, run.role),
    template: grow(table.template, run.template ? 1 : 0),
    texts: [...table.texts, ...run.texts],
    times: [...table.times, ...(run.times ?? new Array<null>(added).fill(null))],
  };
}

/**
 * The tokens at `kept` (ascending). Turns are numbered anew, 1, 2, …, so that a turn without any token left is gone.
 * Only the ids are cut at once: of thousands of masked chats most are only fed to a model.
 * @param standIns other text tokens in the places of some, by position in `kept`.
 */
export function sliceTable(table: TokenTable, kept: Int32Array, standIns: ReadonlyMap<number, StandIn> = NOBODY): TokenTable {
  return new Slice(table, kept, standIns);
}

const NOBODY: ReadonlyMap<number, StandIn> = new Map();

class Slice implements TokenTable {
  readonly ids: Int32Array;
  private rest: Omit<TokenTable, "ids" | "length"> | null = null;

  constructor(
    private readonly table: TokenTable,
    private readonly kept: Int32Array,
    private readonly standIns: ReadonlyMap<number, StandIn>,
  ) {
    this.ids = new Int32Array(kept.length);
    for (let i = 0; i < kept.length; i++) this.ids[i] = int32At(table.ids, int32At(kept, i));
    for (const [at, { id }] of standIns) this.ids[at] = id;
  }

  get length(): number {
    return this.ids.length;
  }

  get modality(): Int8Array {
    return this.cut().modality;
  }

  get turns(): Int32Array {
    return this.cut().turns;
  }

  get roles(): Uint8Array {
    return this.cut().roles;
  }

  get template(): Uint8Array {
    return this.cut().template;
  }

  get texts(): readonly string[] {
    return this.cut().texts;
  }

  get times(): readonly (TimeSpan | null)[] {
    return this.cut().times;
  }

  private cut(): Omit<TokenTable, "ids" | "length"> {
    const { table, kept, standIns } = this;
    this.rest ??= {
      modality: Int8Array.from(kept, (i) => numberAt(table.modality, i)),
      turns: renumber(Int32Array.from(kept, (i) => int32At(table.turns, i))),
      roles: Uint8Array.from(kept, (i) => byteAt(table.roles, i)),
      template: Uint8Array.from(kept, (i) => byteAt(table.template, i)),
      texts: Array.from(kept, (i, at) => standIns.get(at)?.text ?? (table.texts[i] as string)),
      times: Array.from(kept, (i) => table.times[i] as TimeSpan | null),
    };
    return this.rest;
  }
}

/** Ascending turn numbers without gaps; 0 stays 0. */
function renumber(turns: Int32Array): Int32Array {
  let last = 0;
  let number = 0;
  return turns.map((turn) => {
    if (turn !== last) number++;
    last = turn;
    return turn === 0 ? 0 : number;
  });
}
