/** What the structure of a file tells of its sound, gathered while it is read. */
export interface FileReport {
  /** Seconds of sound that the file holds by its own account; null where it does not say. */
  declaredS: number | null;
  /** Seconds that the coded frames present in the file stand for; null where they are not counted. */
  framesS: number | null;
  /** Coded frames that the decoder made nothing of. */
  refused: number;
  /** What was found to be damaged, each kind once, in the order found. */
  readonly faults: Map<string, number>;
  /** Whole sentences of readers that know better what to say. */
  readonly notes: string[];
}

export function createReport(): FileReport {
  return { declaredS: null, framesS: null, refused: 0, faults: new Map(), notes: [] };
}

/** @param fault what is wrong, in words that a count may stand before: "page of the file fails its checksum". */
export function addFault(report: FileReport, fault: string, count = 1): void {
  report.faults.set(fault, (report.faults.get(fault) ?? 0) + count);
}

/** Rounding of declared lengths to milliseconds, and what encoders pad: less than this is not missing. */
const TOLERANCE_S = 0.04;
/** Decoders may keep a frame back at the start, and rates from 8 kHz have frames of up to 0.13 s. */
const FRAME_TOLERANCE_S = 0.14;

/** What to tell the user of a file that was read: empty where all is well. @param decodedS seconds that came out. */
export function notesOf(report: FileReport, decodedS: number): readonly string[] {
  const notes: string[] = [...report.notes];
  const { declaredS, framesS, refused, faults } = report;
  const short = declaredS !== null && declaredS - decodedS > TOLERANCE_S;
  if (short) notes.push(`the file is cut short: it declares ${declaredS.toFixed(2)} s, ${decodedS.toFixed(2)} s are there`);
  else if (framesS !== null && framesS - decodedS > FRAME_TOLERANCE_S)
    notes.push(`sound is missing: the file's frames stand for ${framesS.toFixed(2)} s, ${decodedS.toFixed(2)} s could be decoded`);
  // Where the file ends too early has been said by then.
  const found = [...faults]
    .filter(([fault]) => !(short && /^it (ends|is shorter)|cut off/.test(fault)))
    .map(([fault, count]) => (count > 1 ? `${fault} (${count} times)` : fault));
  if (refused > 0) found.push(`${refused} coded frame${refused === 1 ? "" : "s"} could not be decoded`);
  if (found.length > 0) notes.push(`the file is damaged: ${found.join("; ")}`);
  return notes;
}
