import { AudioError } from "../../../errors.js";
import { ascii, viewOf } from "../bytes.js";
import { addFault, type FileReport } from "../report.js";

/** A box of an MP4 or QuickTime file (ISO/IEC 14496-12, 4.2) that is wholly there. */
export interface Box {
  readonly type: string;
  /** Absolute, of the body. */
  readonly start: number;
  readonly end: number;
}

/** Honest files have a few hundred boxes at the top (one pair a fragment) and no more than ten levels. */
const MAX_BOXES = 1_000_000;

/**
 * Boxes in `[from, to)`, in file order. One that reaches past `to` ends the walk.
 *
 * @param report told where a box is cut off; null for bodies in which odd tails are usual.
 * @throws AudioError for more boxes than any honest file has.
 */
export function* boxesOf(bytes: Uint8Array, from: number, to: number, report: FileReport | null): Generator<Box> {
  const view = viewOf(bytes);
  let boxes = 0;
  let at = from;
  while (at + 8 <= to) {
    const declared = view.getUint32(at);
    const long = declared === 1 && at + 16 <= to;
    const size = declared === 0 ? to - at : long ? Number(view.getBigUint64(at + 8)) : declared;
    const header = long ? 16 : 8;
    if (size < header) break;
    if (++boxes > MAX_BOXES) throw new AudioError("the mp4 file has too many boxes to be honest");
    const type = ascii(bytes, at + 4, 4);
    if (report !== null && !/^[ -~\xa9]{4}$/.test(type)) {
      addFault(report, "bytes between its boxes are none of a box");
      return;
    }
    // Sound that is cut off is still sound up to there; a table that is cut off is none.
    if (at + size > to) addCut(report, type);
    if (at + size <= to || type === "mdat") yield { type, start: at + header, end: Math.min(to, at + size) };
    at += size;
  }
  if (report !== null && at < to && !isBlank(bytes, at, to)) addFault(report, "bytes after its last box are none of a box");
}

function addCut(report: FileReport | null, type: string): void {
  if (report !== null) addFault(report, `it ends within its "${type.replace(/[^ -~]/g, "?")}" box`);
}

function isBlank(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** The first box of a path below `[from, to)`, as "mdia/minf/stbl"; null where one of them is missing. */
export function boxAt(bytes: Uint8Array, { start, end }: Pick<Box, "start" | "end">, path: string): Box | null {
  let found: Box | null = null;
  let within = { start, end };
  for (const type of path.split("/")) {
    found = null;
    for (const box of boxesOf(bytes, within.start, within.end, null)) {
      if (box.type !== type) continue;
      found = box;
      break;
    }
    if (found === null) return null;
    within = found;
  }
  return found;
}
