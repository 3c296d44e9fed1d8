import { toCardinal, toOrdinal } from "n2words/en-US";

/** Said of a word that may be read in more than one way: digits are no labels, so it takes the wildcard. */
const UNSPOKEN = "0";

const SYMBOLS: Readonly<Record<string, string>> = { "&": "and", "@": "at", "+": "plus", "=": "equals" };

const CURRENCIES: Readonly<Record<string, { readonly one: string; readonly many: string; readonly cents: string | null }>> = {
  $: { one: "dollar", many: "dollars", cents: "cents" },
  "€": { one: "euro", many: "euros", cents: "cents" },
  "£": { one: "pound", many: "pounds", cents: "pence" },
  "¥": { one: "yen", many: "yen", cents: null },
};

/** Behind an amount of money a letter can only be its scale. */
const MONEY_SCALES: Readonly<Record<string, string>> = {
  k: "thousand",
  m: "million",
  mn: "million",
  mm: "million",
  mio: "million",
  b: "billion",
  bn: "billion",
  t: "trillion",
  tn: "trillion",
};
/** Elsewhere "5m" may be five metres, and "10k" ten K. */
const SCALES: Readonly<Record<string, string>> = { bn: "billion", tn: "trillion", mn: "million" };
const SCALE_WORD = /^(hundred|thousand|million|billion|trillion)$/i;

const MEASURES: Readonly<Record<string, readonly [one: string, many: string]>> = {
  "%": ["percent", "percent"],
  "°": ["degree", "degrees"],
  "°C": ["degree celsius", "degrees celsius"],
  "°F": ["degree fahrenheit", "degrees fahrenheit"],
  "¢": ["cent", "cents"],
  km: ["kilometer", "kilometers"],
  cm: ["centimeter", "centimeters"],
  mm: ["millimeter", "millimeters"],
  kg: ["kilogram", "kilograms"],
  mg: ["milligram", "milligrams"],
  lb: ["pound", "pounds"],
  lbs: ["pounds", "pounds"],
  ft: ["foot", "feet"],
  ml: ["milliliter", "milliliters"],
  ms: ["millisecond", "milliseconds"],
  Hz: ["hertz", "hertz"],
  kHz: ["kilohertz", "kilohertz"],
  MHz: ["megahertz", "megahertz"],
  GHz: ["gigahertz", "gigahertz"],
  kW: ["kilowatt", "kilowatts"],
  kWh: ["kilowatt hour", "kilowatt hours"],
  "km/h": ["kilometer per hour", "kilometers per hour"],
  mph: ["mile per hour", "miles per hour"],
  am: ["am", "am"],
  pm: ["pm", "pm"],
};

/** Punctuation around a word. */
const EDGES = /^[\p{Ps}\p{Pi}"'¿¡]+|[\p{Pe}\p{Pf}"'.,;:!?…]+$/gu;
/** Whole numbers, with or without groups, and decimals. */
const NUMBER = String.raw`\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?`;
const WRITTEN = /[\d%&@+=#°¢‰№]|\p{Sc}|\p{No}/u;

type Rule = readonly [pattern: RegExp, said: (first: string, second: string, third: string, fourth: string) => string | null];

/** The first that fits the whole word reads it; null or none = it is left unspoken. */
const RULES: readonly Rule[] = [
  [new RegExp(`^(${NUMBER})$`), (digits) => number(digits)],
  [/^(\.\d+)$/, (digits) => `point ${spelled(digits.slice(1))}`],
  [/^\+(\d+)$/, (digits) => `plus ${number(digits)}`],
  [new RegExp(`^(${NUMBER})\\+$`), (digits) => `${number(digits)} plus`],
  [/^(\d{1,3}(?:,\d{3})+|\d+)(st|nd|rd|th)$/i, ordinal],
  [/^(\d{1,2}):([0-5]\d)\s*(am|pm|a\.m|p\.m)?$/i, timeOfDay],
  [/^(?:'|’)?(\d{2}|1[1-9]\d{2}|20\d{2})(?:'|’)?s$/, decade],
  [new RegExp(`^([$€£¥])(${NUMBER})(\\p{L}{1,3})?$`, "u"), (symbol, digits, scale) => money(symbol, digits, scale)],
  [new RegExp(`^(${NUMBER})(\\p{L}{1,3})?([$€£¥])$`, "u"), (digits, scale, symbol) => money(symbol, digits, scale)],
  [new RegExp(`^(${NUMBER})(°[CF]?|%|¢|\\p{L}{2,3}(?:/h)?)$`, "u"), measure],
  [/^(\d{3})-(\d{4})$/, (...parts) => phone(parts)],
  [/^(?:\+?(\d)-)?(\d{3})-(\d{3})-(\d{4})$/, (...parts) => phone(parts)],
  [/^#(\d+)$/, (digits) => `number ${number(digits)}`],
  [/^(\p{Lu})#$/u, (letter) => `${letter} sharp`],
  [/^#([\p{L}_][\p{L}_-]*)$/u, (tag) => `hashtag ${tag.replaceAll("_", " ")}`],
  [/^(\d)(D|G)$/, (digit, letter) => `${cardinal(digit)} ${letter}`],
  [/^(\p{L}+(?:[1-9]\d?\p{L}+)*[1-9]\d?\p{L}*)$/u, lettersAndNumbers],
  [/^([\p{L}'’&@+=-]+)$/u, symbols],
];

/**
 * Units as they are said in English, word by word: "$5" → "five dollars", "3:30" → "three thirty", "$1.5" and "million" → "one point five" and
 * "million dollars". What may be read in several ways ("12:00:00", "1/2", "5m") is left to the wildcard rather than read wrongly.
 *
 * @returns as many as came in.
 */
export function readUnits(units: readonly string[]): readonly string[] {
  const words = units.flatMap((text, unit) => text.split(/\s+/u).flatMap((word) => (word === "" ? [] : [{ unit, word }])));
  const said = units.map((): string[] => []);
  let dollars = "";
  words.forEach(({ unit, word }, i) => {
    const next = words[i + 1]?.word ?? "";
    const amount = SCALE_WORD.test(bare(next)) ? new RegExp(`^([$€£¥])(${NUMBER})$`, "u").exec(bare(word)) : null;
    if (amount !== null) {
      // The currency is said after the scale.
      dollars = CURRENCIES[amount[1] as string]?.many ?? "";
      said[unit]?.push(number(amount[2] as string));
    } else if (dollars !== "") {
      said[unit]?.push(bare(word), dollars);
      dollars = "";
    } else if (/^(no|nr|nos)\.$/i.test(word) && /^\d/.test(next)) said[unit]?.push(UNSPOKEN);
    else said[unit]?.push(afterNumber(bare(word), bare(words[i - 1]?.word ?? "")) ?? readOut(word));
  });
  return said.map((parts) => parts.join(" "));
}

/** Letters that stand for a measure behind a number, but not for which. */
const SHORT = /^([ghlmskLWVKMBN]|min|sec|hrs?|oz)$/;

/** A currency or measure that stands by itself behind the number it belongs to; null where there is none. */
function afterNumber(word: string, before: string): string | null {
  if (!new RegExp(`^(${NUMBER})$`).test(before)) return null;
  const currency = CURRENCIES[word];
  if (currency !== undefined) return before === "1" ? currency.one : currency.many;
  const name = MEASURES[word];
  if (name !== undefined) return before === "1" ? name[0] : name[1];
  return SCALES[word] ?? (SHORT.test(word) ? UNSPOKEN : null);
}

/** One word as it is said; words without digits or symbols come back as they are. */
export function readOut(word: string): string {
  if (!WRITTEN.test(word)) return word;
  const text = /^\.\d+$/.test(word) ? word : bare(word);
  if (!WRITTEN.test(text)) return word;
  for (const [pattern, said] of RULES) {
    const parts = pattern.exec(text);
    if (parts === null) continue;
    const [, first = "", second = "", third = "", fourth = ""] = parts;
    return (said(first, second, third, fourth) ?? unspoken(text)).trim().replace(/\s+/gu, " ");
  }
  return unspoken(text);
}

const bare = (word: string): string => word.replace(EDGES, "");

/** Nothing of it that could be taken for labels. */
function unspoken(text: string): string {
  return text.replace(/[^\d]/g, "") || UNSPOKEN;
}

/** Digits in groups are an amount; four without may be a year. */
function number(digits: string): string {
  const [whole = "", fraction] = digits.replaceAll(",", "").split(".");
  const said = digits.includes(",") ? plain(toCardinal(whole)) : fraction === undefined ? cardinal(whole) : amount(whole);
  return fraction === undefined ? said : `${said} point ${spelled(fraction)}`;
}

const amount = (whole: string): string => (/^0\d/.test(whole) ? spelled(whole) : plain(toCardinal(whole)));

function cardinal(digits: string): string {
  if (digits.length > 7 || /^0\d/.test(digits)) return spelled(digits);
  return year(digits) ?? plain(toCardinal(digits));
}

/** Four digits are most often a year: 1100 … 1999 and 2010 … 2099 are said in pairs. */
function year(digits: string): string | null {
  if (!/^(1[1-9]|20[1-9])\d+$/.test(digits) || digits.length !== 4) return null;
  const [head, tail] = [digits.slice(0, 2), digits.slice(2)];
  if (tail === "00") return `${plain(toCardinal(head))} hundred`;
  return `${plain(toCardinal(head))} ${clock(tail)}`;
}

/** Two digits after the first pair: "05" → "oh five", "00" → "". */
function clock(digits: string): string {
  if (digits === "00") return "";
  return digits.startsWith("0") && digits.length === 2 ? `oh ${plain(toCardinal(digits.slice(1)))}` : plain(toCardinal(digits));
}

/** "1st", not "1th"; "0th" counts from zero. */
function ordinal(digits: string, ending: string): string | null {
  const whole = digits.replaceAll(",", "");
  const teens = /1[123]$/.test(whole);
  const right = teens ? "th" : ({ 1: "st", 2: "nd", 3: "rd" }[Number(whole.at(-1))] ?? "th");
  if (ending.toLowerCase() !== right || whole.length > 7 || /^0\d/.test(whole)) return null;
  return whole === "0" ? "zero" : plain(toOrdinal(whole));
}

/** Full hours of the 24 hours' clock and those after midnight are said in too many ways. */
function timeOfDay(hour: string, minute: string, half: string): string | null {
  const hours = Number(hour);
  if (hours > 23 || hours === 0 || hour.startsWith("0") || (hours > 12 && (minute === "00" || half !== ""))) return null;
  return `${plain(toCardinal(hour))} ${clock(minute)} ${half.replace(".", "").toLowerCase()}`;
}

function decade(digits: string): string | null {
  if (!digits.endsWith("0") || digits.endsWith("00") || digits.startsWith("0")) return null;
  const tens = digits.endsWith("10") ? "tens" : `${plain(toCardinal(digits.slice(-2))).replace(/y$/, "ies")}`;
  return digits.length === 2 ? (digits === "10" ? null : tens) : `${plain(toCardinal(digits.slice(0, 2)))} ${tens}`;
}

function money(symbol: string, digits: string, scale: string): string | null {
  const currency = CURRENCIES[symbol];
  if (currency === undefined) return null;
  if (scale !== "") {
    const word = MONEY_SCALES[scale.toLowerCase()];
    return word === undefined ? null : `${number(digits)} ${word} ${currency.many}`;
  }
  const [whole = "", cents] = digits.replaceAll(",", "").split(".");
  if (/^0\d/.test(whole)) return null;
  const units = `${plain(toCardinal(whole))} ${Number(whole) === 1 ? currency.one : currency.many}`;
  if (cents === undefined || /^00?$/.test(cents)) return units;
  // Two digits are cents. Fewer than ten are said with a word more, or an "oh".
  if (cents.length !== 2 || cents.startsWith("0") || currency.cents === null) return null;
  const small = plain(toCardinal(cents));
  return whole === "0" ? `${small} ${currency.cents}` : `${units} ${small}`;
}

function measure(digits: string, unit: string): string | null {
  const scale = SCALES[unit];
  if (scale !== undefined) return `${number(digits)} ${scale}`;
  const name = MEASURES[unit] ?? MEASURES[unit.toLowerCase() === "am" || unit.toLowerCase() === "pm" ? unit.toLowerCase() : ""];
  if (name === undefined || /^0\d/.test(digits)) return null;
  return `${number(digits)} ${digits === "1" ? name[0] : name[1]}`;
}

/** Digit by digit, unless there is a zero, which many call "oh". */
function phone(parts: readonly string[]): string | null {
  const digits = parts.join("");
  return digits.includes("0") ? null : spelled(digits);
}

/** "R2D2", "B52": three digits and more are said in too many ways. */
function lettersAndNumbers(text: string): string {
  return text.replace(/\d+/g, (digits) => ` ${plain(toCardinal(digits))} `);
}

/** "AT&T", "C++"; an address is no word. */
function symbols(text: string): string | null {
  if (/\p{L}@\p{L}/u.test(text)) return null;
  return text.replace(/[&@+=]/g, (symbol) => ` ${SYMBOLS[symbol]} `).replaceAll(/(?<=\p{L})-(?=\p{L})/gu, " ");
}

const spelled = (digits: string): string => [...digits].map((digit) => plain(toCardinal(digit))).join(" ");
const plain = (words: string): string => words.replaceAll("-", " ");
