import { BETWEEN, KEPT, type TextCut, type TextUnitDefinition } from "../text/units/unit.js";
import { int32At, itemAt } from "../util/elements.js";
import type { Run } from "./runs.js";

/** The unit of each token of a run, from those of its characters; `KEPT` where the token is no player's. */
export function unitsOfTokens(run: Run, { units }: TextCut, between: TextUnitDefinition["between"]): Int32Array {
  if (between === "kept") return tokensInside(run, units);
  return between === "blanks" ? blanksLead(firstUnits(run, units)) : breaksApart(run, firstUnits(run, units));
}

const textOf = (run: Run, i: number): string => run.text.slice(run.offsets[i], run.offsets[i + 1]);

/** That of each token's first character that is not blank; a token without text goes on with the character before it. */
function firstUnits(run: Run, unitOfCharacter: Int32Array): Int32Array {
  const units = new Int32Array(run.end - run.start).fill(BETWEEN);
  for (let i = 0; i < units.length; i++) {
    const text = textOf(run, i);
    if (text === "") units[i] = i > 0 ? int32At(units, i - 1) : BETWEEN;
    else {
      const first = text.search(/\S/u);
      if (first >= 0) units[i] = int32At(unitOfCharacter, int32At(run.offsets, i) + first);
    }
  }
  return units;
}

/** A blank token leads the token after it, or, at the end, follows the one before. */
function blanksLead(units: Int32Array): Int32Array {
  for (let i = units.length - 2; i >= 0; i--) if (units[i] === BETWEEN) units[i] = int32At(units, i + 1);
  for (let i = 1; i < units.length; i++) if (units[i] === BETWEEN) units[i] = int32At(units, i - 1);
  return units;
}

/** A unit of which a token holds any character has the token; others stay. */
function tokensInside(run: Run, unitOfCharacter: Int32Array): Int32Array {
  const units = new Int32Array(run.end - run.start).fill(KEPT);
  for (let i = 0; i < units.length; i++) {
    const own = unitOfCharacter.subarray(run.offsets[i], run.offsets[i + 1]).find((unit) => unit >= 0);
    units[i] = textOf(run, i) === "" && i > 0 ? int32At(units, i - 1) : (own ?? KEPT);
  }
  return units;
}

/** Where one unit ends and another begins, with the blank tokens [from, to) between them. */
interface Boundary {
  readonly from: number;
  readonly to: number;
  /** The first of these tokens that begins behind the last line break. */
  readonly indent: number;
  /** The last token before them ends in a line break, so that the unit before has one already. */
  readonly broken: boolean;
  /** A token holds the break and indentation of the next line. */
  readonly mixed: boolean;
}

const BREAK = /[\r\n\u2028\u2029]/u;

/**
 * Every unit gets the line break behind it, and the indentation before it. Where a token holds both a break and the next line's indentation, breaks go with
 * the unit after them instead; but not where a unit has the break behind it in its own last token, as it would take two with it.
 */
function breaksApart(run: Run, units: Int32Array): Int32Array {
  const boundaries = boundariesOf(run, units);
  let toLeft = !boundaries.some(({ mixed }) => mixed);
  for (const { from, to, indent, broken } of boundaries.toReversed()) {
    toLeft ||= broken;
    const at = toLeft ? indent : from;
    units.fill(int32At(units, from - 1), from, at);
    units.fill(int32At(units, to), at, to);
  }
  return blanksLead(units);
}

function boundariesOf(run: Run, units: Int32Array): readonly Boundary[] {
  const filled = [...units.keys()].filter((i) => units[i] !== BETWEEN);
  return filled.slice(1).flatMap((to, k): readonly Boundary[] => {
    const last = itemAt(filled, k);
    if (units[last] === units[to]) return [];
    const from = last + 1;
    let indent = to;
    while (indent > from && !BREAK.test(textOf(run, indent - 1))) indent--;
    const mixed = indent > from && /[^\S\r\n\u2028\u2029]$/u.test(textOf(run, indent - 1));
    return [{ from, to, indent, mixed, broken: BREAK.test(textOf(run, last).trimStart()) }];
  });
}
