const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
] as const;
const DAY_MS = 86_400_000;

/** A date's text by one code, without padding, and how wide its number is. */
interface Field {
  readonly value: number;
  readonly width: number;
  readonly pad: "0" | " ";
}

/** Code → what it stands for; dates are in UTC, names English, as Python's are without a locale. */
const FIELDS: Readonly<Record<string, (date: Date) => string | Field>> = {
  a: (date) => dayName(date).slice(0, 3),
  A: dayName,
  b: (date) => monthName(date).slice(0, 3),
  B: monthName,
  h: (date) => monthName(date).slice(0, 3),
  c: (date) => strftime(date, "%a %b %e %H:%M:%S %Y"),
  C: (date) => zeros(Math.floor(date.getUTCFullYear() / 100), 2),
  d: (date) => zeros(date.getUTCDate(), 2),
  D: (date) => strftime(date, "%m/%d/%y"),
  e: (date) => blanks(date.getUTCDate(), 2),
  f: (date) => zeros(date.getUTCMilliseconds() * 1000, 6),
  F: (date) => strftime(date, "%Y-%m-%d"),
  g: (date) => zeros(isoWeek(date).year % 100, 2),
  G: (date) => zeros(isoWeek(date).year, 4),
  H: (date) => zeros(date.getUTCHours(), 2),
  I: (date) => zeros(hour12(date), 2),
  j: (date) => zeros(dayOfYear(date) + 1, 3),
  k: (date) => blanks(date.getUTCHours(), 2),
  l: (date) => blanks(hour12(date), 2),
  m: (date) => zeros(date.getUTCMonth() + 1, 2),
  M: (date) => zeros(date.getUTCMinutes(), 2),
  n: () => "\n",
  p: (date) => (date.getUTCHours() < 12 ? "AM" : "PM"),
  P: (date) => (date.getUTCHours() < 12 ? "am" : "pm"),
  r: (date) => strftime(date, "%I:%M:%S %p"),
  R: (date) => strftime(date, "%H:%M"),
  S: (date) => zeros(date.getUTCSeconds(), 2),
  t: () => "\t",
  T: (date) => strftime(date, "%H:%M:%S"),
  u: (date) => zeros(date.getUTCDay() || 7, 1),
  U: (date) => zeros(Math.floor((dayOfYear(date) + 7 - date.getUTCDay()) / 7), 2),
  V: (date) => zeros(isoWeek(date).week, 2),
  w: (date) => zeros(date.getUTCDay(), 1),
  W: (date) => zeros(Math.floor((dayOfYear(date) + 7 - ((date.getUTCDay() + 6) % 7)) / 7), 2),
  x: (date) => strftime(date, "%m/%d/%y"),
  X: (date) => strftime(date, "%H:%M:%S"),
  y: (date) => zeros(date.getUTCFullYear() % 100, 2),
  Y: (date) => zeros(date.getUTCFullYear(), 4),
  // Python's clock without a time zone writes nothing.
  z: () => "",
  Z: () => "",
  "%": () => "%",
};

/**
 * Python's `strftime` in English, with the flags of Linux: `%-d` unpadded, `%_d` padded with blanks, `%0e` with zeros, `%^b` in capitals.
 * @throws Error that names a code it does not know.
 */
export function strftime(date: Date, format: string): string {
  return format.replaceAll(/%([-_0^#]?)([\s\S]?)/gu, (whole, flag: string, code: string) => {
    const field = Object.hasOwn(FIELDS, code) ? FIELDS[code] : undefined;
    if (field === undefined) throw new Error(`strftime_now does not know ${JSON.stringify(whole)} in ${JSON.stringify(format)}`);
    const value = field(date);
    return typeof value === "string" ? capitals(value, flag) : padded(value, flag);
  });
}

/** A date as templates and people write it, at midnight unless a time follows it; null where the text is none. */
export function parseDate(text: string): Date | null {
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2}))?)?Z?$/.exec(text.trim());
  if (iso !== null) {
    const [year, month, day, hour, minute, second] = iso.slice(1).map((part) => Number(part ?? 0)) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    return dateOf({ year, month: month - 1, day, hour, minute, second });
  }
  const words = text.trim().match(/\p{L}+|\d+/gu) ?? [];
  const named = words.flatMap((word, i) => (monthOf(word) < 0 ? [] : [i]));
  const numbers = words.filter((word) => /^\d+$/.test(word)).map(Number);
  const [at] = named;
  const others = words.filter((word, i) => i !== at && !/^\d+$/.test(word) && !isDayName(word));
  if (at === undefined || named.length > 1 || numbers.length !== 2 || others.length > 0) return null;
  const [first, second] = numbers as [number, number];
  const [day, year] = first > 31 ? [second, first] : [first, second];
  return year < 1000 ? null : dateOf({ year, month: monthOf(words[at] as string), day, hour: 0, minute: 0, second: 0 });
}

interface Moment {
  readonly year: number;
  /** From 0. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

function dateOf({ year, month, day, hour, minute, second }: Moment): Date | null {
  const date = new Date(Date.UTC(year, month, day, hour, minute, second));
  const same = date.getUTCFullYear() === year && date.getUTCMonth() === month && date.getUTCDate() === day;
  return same && date.getUTCHours() === hour && date.getUTCMinutes() === minute ? date : null;
}

function monthOf(word: string): number {
  return word.length < 3 ? -1 : MONTHS.findIndex((name) => name.toLowerCase().startsWith(word.toLowerCase()));
}

function isDayName(word: string): boolean {
  return word.length >= 3 && DAYS.some((name) => name.toLowerCase().startsWith(word.toLowerCase()));
}

function dayName(date: Date): string {
  return DAYS[date.getUTCDay()] as string;
}

function monthName(date: Date): string {
  return MONTHS[date.getUTCMonth()] as string;
}

function hour12(date: Date): number {
  return date.getUTCHours() % 12 || 12;
}

/** From 0. */
function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS);
}

/** The week that holds the date's Thursday. */
function isoWeek(date: Date): { readonly year: number; readonly week: number } {
  const thursday = new Date(date.getTime() + (3 - ((date.getUTCDay() + 6) % 7)) * DAY_MS);
  return { year: thursday.getUTCFullYear(), week: Math.floor(dayOfYear(thursday) / 7) + 1 };
}

function zeros(value: number, width: number): Field {
  return { value, width, pad: "0" };
}

function blanks(value: number, width: number): Field {
  return { value, width, pad: " " };
}

function padded({ value, width, pad }: Field, flag: string): string {
  if (flag === "-") return String(value);
  return String(value).padStart(width, flag === "_" ? " " : flag === "0" ? "0" : pad);
}

function capitals(text: string, flag: string): string {
  if (flag === "^") return text.toUpperCase();
  if (flag !== "#") return text;
  return text === "AM" || text === "PM" ? text.toLowerCase() : text.toUpperCase();
}
