/** Made when a text is first cut: the first one of a process takes 8 ms, and this file is read for whatever asks what units there are. */
const made: Partial<Record<"word" | "sentence", Intl.Segmenter>> = {};
/** UTF-16 units. */
const WINDOW = 2000;

// Bounded and anchored at a word's start: no backtracking over long texts.
const ADDRESS = /(?<![\w+.-])(?:[a-z][a-z0-9+.-]{0,19}:\/\/\S+|www\.\S+|[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+)/giu;
// Times, dates, phone numbers, fractions and ranges; measures such as 50km/h and 20°C.
const NUMBERS = /(?<![\w.,:/-])\d[\d.,]{0,30}(?:(?:[:/\u2013-]\d[\d.,]{0,30}){1,10}|\p{L}{1,4}\/\p{L}{1,3}(?!\p{L})|°[CF](?!\p{L}))/gu;
const CLOSING = /[.,;:!?'"»”’)\]}>]/u;
/** Opening brackets and quotes, currency signs, hashtags, mentions: they lean on the word after them. */
const OPENING = /^[\p{Ps}\p{Pi}\p{Sc}#@¿¡]$/u;
const PICTURE = /\p{Extended_Pictographic}|\p{Regional_Indicator}/u;
const LETTER_OR_NUMBER = /[\p{L}\p{N}]/u;
const SYMBOL = /\p{S}/u;

interface Piece {
  readonly start: number;
  end: number;
  readonly kind: "word" | "mark" | "blank";
  unit: number;
}

/**
 * The word that each UTF-16 unit of `text` belongs to, −1 for blanks. Numbers are distinct, not ordered.
 *
 * Words are those of Unicode text segmentation (UAX #29); web and mail addresses are one word each, and so are numbers with marks in them
 * (12:00:00, 555-1234, 1/2, 20°C). Punctuation joins the word it
 * touches, on its left if both sides do, except opening marks; standing alone between blanks it joins the word before it (a lone
 * symbol such as "+" is a word of its own).
 */
export function wordUnits(text: string): Int32Array {
  const pieces = piecesOf(text);
  let units = 0;
  for (const piece of pieces) if (piece.kind === "word") piece.unit = units++;
  for (let i = 0; i < pieces.length; i++) {
    if (pieces[i]?.kind !== "mark") continue;
    let end = i;
    while (pieces[end]?.kind === "mark") end++;
    units = attachMarks(text, pieces, i, end, units);
    i = end;
  }
  return spread(text, pieces);
}

/** The sentence (UAX #29) that each UTF-16 unit of `text` belongs to. */
export function sentenceUnits(text: string): Int32Array {
  const pieces: Piece[] = [];
  for (const { start, segment } of segments("sentence", text)) {
    pieces.push({ start, end: start + segment.length, kind: "word", unit: pieces.length });
  }
  return spread(text, pieces);
}

/** The words of a text, in order; what is typed and what is said are cut alike. */
export function wordsOf(text: string): readonly string[] {
  const units = wordUnits(text);
  const spans = new Map<number, { start: number; end: number }>();
  units.forEach((unit, at) => {
    if (unit < 0) return;
    const span = spans.get(unit);
    if (span === undefined) spans.set(unit, { start: at, end: at + 1 });
    else span.end = at + 1;
  });
  return [...spans.values()].sort((a, b) => a.start - b.start).map(({ start, end }) => text.slice(start, end));
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Stretches that are one word whatever segmentation says. */
function tiedSpans(text: string): readonly Span[] {
  const found = [...text.matchAll(ADDRESS), ...text.matchAll(NUMBERS)].map((match): Span => {
    let end = match.index + match[0].length;
    while (CLOSING.test(text[end - 1] as string)) end--;
    return { start: match.index, end };
  });
  found.sort((a, b) => a.start - b.start || b.end - a.end);
  const apart: Span[] = [];
  for (const span of found) if (span.start >= (apart.at(-1)?.end ?? 0)) apart.push(span);
  return apart;
}

function piecesOf(text: string): Piece[] {
  const tied = tiedSpans(text);
  const pieces: Piece[] = [];
  let next = 0;
  for (const { start, segment, isWordLike } of segments("word", text)) {
    while (start >= (tied[next]?.end ?? text.length)) next++;
    const span = tied[next];
    const end = start + segment.length;
    // A segment that only partly belongs to the stretch stays as it is.
    if (span === undefined || end <= span.start || start < span.start) {
      pieces.push({ start, end, kind: kindOf(segment, isWordLike), unit: -1 });
      continue;
    }
    const last = pieces.at(-1);
    if (last?.start === span.start) last.end = Math.max(last.end, end);
    else pieces.push({ ...span, end: Math.max(span.end, end), kind: "word", unit: -1 });
  }
  return pieces;
}

/** Segments of the text, found window by window: over a whole long text, Intl.Segmenter takes quadratic time. */
function* segments(granularity: "word" | "sentence", text: string): Generator<{ start: number; segment: string; isWordLike: boolean }> {
  // The locale is fixed so that players do not depend on the machine; CJK, Thai and the like are cut by ICU's dictionaries in any locale.
  made[granularity] ??= new Intl.Segmenter("en", { granularity });
  const segmenter = made[granularity];
  let size = WINDOW;
  for (let from = 0; from < text.length; ) {
    const window = text.slice(from, from + size);
    const found = [...segmenter.segment(window)];
    // The last two may look otherwise with the text after the window in sight.
    const sure = from + size >= text.length ? found.length : found.length - 2;
    if (sure <= 0) {
      size *= 2;
      continue;
    }
    for (const { index, segment, isWordLike } of found.slice(0, sure))
      yield { start: from + index, segment, isWordLike: isWordLike === true };
    from += found[sure]?.index ?? window.length;
    size = WINDOW;
  }
}

function kindOf(segment: string, isWordLike: boolean): Piece["kind"] {
  if (!/\S/u.test(segment)) return "blank";
  return isWordLike || PICTURE.test(segment) || LETTER_OR_NUMBER.test(segment) ? "word" : "mark";
}

/** Gives the marks [from, to) their units; returns the next free unit. */
function attachMarks(text: string, pieces: readonly Piece[], from: number, to: number, free: number): number {
  const left = touching(pieces[from - 1]);
  const right = touching(pieces[to]);
  let split = right === null ? to : left === null ? from : to;
  if (left !== null && right !== null) {
    while (split > from && OPENING.test(textOf(text, pieces[split - 1]))) split--;
  }
  const lone = left === null && right === null;
  const symbol = lone && pieces.slice(from, to).some((piece) => SYMBOL.test(textOf(text, piece)));
  const unit = symbol ? free : ((lone ? (wordBefore(pieces, from) ?? wordAfter(pieces, to) ?? free) : left) ?? free);
  for (let i = from; i < to; i++) (pieces[i] as Piece).unit = i < split ? unit : (right as number);
  return unit === free ? free + 1 : free;
}

const textOf = (text: string, piece: Piece | undefined): string => (piece === undefined ? "" : text.slice(piece.start, piece.end));

const touching = (piece: Piece | undefined): number | null => (piece?.kind === "word" ? piece.unit : null);

function wordBefore(pieces: readonly Piece[], from: number): number | undefined {
  for (let i = from - 1; i >= 0; i--) if ((pieces[i] as Piece).unit >= 0) return pieces[i]?.unit;
  return undefined;
}

function wordAfter(pieces: readonly Piece[], to: number): number | undefined {
  for (let i = to; i < pieces.length; i++) if ((pieces[i] as Piece).unit >= 0) return pieces[i]?.unit;
  return undefined;
}

function spread(text: string, pieces: readonly Piece[]): Int32Array {
  const units = new Int32Array(text.length).fill(-1);
  for (const { start, end, unit } of pieces) units.fill(unit, start, end);
  return units;
}
