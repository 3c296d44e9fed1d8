import { toCardinal, toOrdinal } from "n2words/en-US";

const SYMBOLS: Readonly<Record<string, string>> = {
  "%": "percent",
  "&": "and",
  "@": "at",
  "+": "plus",
  "=": "equals",
  "#": "number",
  "°": "degrees",
};
const CURRENCIES: Readonly<Record<string, readonly [one: string, many: string]>> = {
  $: ["dollar", "dollars"],
  "€": ["euro", "euros"],
  "£": ["pound", "pounds"],
  "¥": ["yen", "yen"],
};

/** 1: currency, 2: digits with separators, 3: ordinal ending. */
const NUMBER = /([$€£¥])?(\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:[.:]\d+)?)(st|nd|rd|th)?/giu;

/**
 * A written word as it is said in English: "$5" → "five dollars", "3:30" → "three thirty", "21st" → "twenty first", "1999" →
 * "nineteen ninety nine", "R2D2" → "R two D two". Words without digits or symbols come back as they are.
 */
export function readOut(word: string): string {
  if (!/[\d%&@+=#°$€£¥]/u.test(word)) return word;
  const read = word.replace(NUMBER, (_all, currency: string | undefined, digits: string, ordinal: string | undefined) => {
    const bare = digits.replaceAll(",", "");
    if (currency !== undefined) return ` ${money(currency, bare)} `;
    return ` ${digits.includes(",") && ordinal === undefined ? amount(bare) : number(bare, ordinal !== undefined)} `;
  });
  const said = read.replace(/[%&@+=#°]/gu, (symbol) => ` ${SYMBOLS[symbol]} `);
  return said
    .replaceAll(/(?<=\p{L})-(?=\p{L})/gu, " ")
    .trim()
    .replace(/\s+/gu, " ");
}

function number(digits: string, ordinal: boolean): string {
  if (digits.includes(":")) return digits.split(":").map(clock).join(" ");
  const [whole = "", fraction] = digits.split(".");
  if (fraction !== undefined) return `${cardinal(whole)} point ${spelled(fraction)}`;
  return ordinal && /[1-9]/.test(whole) ? plain(toOrdinal(whole)) : cardinal(whole);
}

/** Digits in groups are an amount, never a year. */
function amount(digits: string): string {
  const [whole = "", fraction] = digits.split(".");
  const said = plain(toCardinal(whole));
  return fraction === undefined ? said : `${said} point ${spelled(fraction)}`;
}

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

function money(symbol: string, digits: string): string {
  const [one, many] = CURRENCIES[symbol] ?? ["", ""];
  const [whole = "", cents] = digits.split(".");
  const amount = `${plain(toCardinal(whole))} ${Number(whole) === 1 ? one : many}`;
  return cents === undefined || Number(cents) === 0 ? amount : `${amount} ${plain(toCardinal(cents))}`;
}

const spelled = (digits: string): string => [...digits].map((digit) => plain(toCardinal(digit))).join(" ");
const plain = (words: string): string => words.replaceAll("-", " ");
