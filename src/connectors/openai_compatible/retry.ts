type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Statuses of servers that are busy, starting, or behind something that lost them. Requests here change nothing, so that repeating is safe. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);
/** A quota that is used up stays so. */
const PERMANENT = /insufficient_quota|billing/i;

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** Whether it is worth asking again. @param answered its status is null where the connection broke. */
export function isPassing({ status, text }: { readonly status: number | null; readonly text: string }): boolean {
  if (status === null) return true;
  return PASSING.has(status) && !(status === 429 && PERMANENT.test(text));
}

/**
 * Milliseconds to wait: what the server says (`retry-after-ms`, `retry-after` in seconds or as a date), else twice as long each time.
 * @param attempt how often it was asked again before, from 0.
 */
export function waitBefore(attempt: number, headers: Headers, now = Date.now()): number {
  return said(headers, now) ?? Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt);
}

function said(headers: Headers, now: number): number | null {
  const ms = numberOf(headers["retry-after-ms"]);
  if (ms !== null) return ms;
  const after = headers["retry-after"];
  const seconds = numberOf(after);
  if (seconds !== null) return seconds * 1000;
  const date = typeof after === "string" ? Date.parse(after) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

function numberOf(value: string | string[] | undefined): number | null {
  const number = typeof value === "string" && /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : null;
}
