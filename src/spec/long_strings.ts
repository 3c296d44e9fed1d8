/** A text without its long strings of base64, which no parser of YAML needs to see. */
export interface SetAside {
  readonly text: string;
  /** What was parsed of `text`, with the strings in their places again. */
  restore(data: unknown): unknown;
  /** Characters that were taken out between two offsets of `text`. */
  taken(from: number, to: number): number;
}

/** Shorter ones cost the parser nothing to speak of. */
const SHORTEST = 2_048;
const DATA_URL = /^data:[\w.+/-]{1,100}(?:;[\w.=-]{1,100}){0,5};base64,/;

/**
 * Puts short names in place of double-quoted strings of base64 (and data: URLs of it), as sound in a request's body is. A parser of YAML
 * takes a hundred times their size in memory. Linear in the text, whatever is in it.
 */
export function setAside(whole: string): SetAside {
  const mark = unusedIn(whole);
  const strings: string[] = [];
  const places: { readonly offset: number; readonly length: number }[] = [];
  let text = "";
  let kept = 0;
  let open = whole.indexOf('"');
  while (open >= 0) {
    const close = whole.indexOf('"', open + 1);
    if (close < 0) break;
    const string = whole.slice(open + 1, close);
    if (!isLongBase64(string)) {
      open = close;
      continue;
    }
    const name = `${mark}${strings.length};`;
    text += whole.slice(kept, open + 1) + name;
    places.push({ offset: text.length, length: string.length - name.length });
    strings.push(string.replaceAll("\\/", "/"));
    kept = close;
    open = whole.indexOf('"', close + 1);
  }
  text += whole.slice(kept);
  const names = new RegExp(`${mark}(\\d+);`, "g");
  const fill = (value: string): string => value.replace(names, (_, i) => strings[Number(i)] ?? "");
  return {
    text,
    restore: (data) => (strings.length === 0 ? data : mapStrings(data, fill)),
    taken: (from, to) => places.reduce((sum, { offset, length }) => (offset > from && offset <= to ? sum + length : sum), 0),
  };
}

function unusedIn(text: string): string {
  let mark = "aside";
  while (text.includes(mark)) mark += "_";
  return mark;
}

function isLongBase64(string: string): boolean {
  if (string.length < SHORTEST) return false;
  const prefix = DATA_URL.exec(string)?.[0].length ?? 0;
  // PHP writes \/ for /.
  return !/[^\w+/=\\-]/.test(string.slice(prefix)) && !/\\[^/]|\\$/.test(string);
}

function mapStrings(data: unknown, map: (value: string) => string): unknown {
  if (typeof data === "string") return map(data);
  if (Array.isArray(data)) return data.map((item) => mapStrings(item, map));
  if (typeof data !== "object" || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, mapStrings(value, map)]));
}
