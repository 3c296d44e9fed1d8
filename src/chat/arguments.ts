import { ConnectorError } from "../errors.js";
import { reasonOf } from "../util/errors.js";
import { ModelHistoryTrackingMode, type Role, roleFromOrdinal } from "./enums.js";

// Exported methods are called from JavaScript too: what they cannot take is refused by name, never by a TypeError from within.

/** A value as an error names it. */
export function inWords(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object" && value !== null) return `an object (${value.constructor?.name ?? "no class"})`;
  return String(value);
}

export function requireObject(value: unknown, what: string): asserts value is object {
  if (typeof value !== "object" || value === null) throw new ConnectorError(`${what} must be an object, not ${inWords(value)}`);
}

export function requireFunction(value: unknown, what: string): void {
  if (typeof value !== "function") throw new ConnectorError(`${what} must be a function, not ${inWords(value)}`);
}

export function requireArray(value: unknown, what: string): asserts value is readonly unknown[] {
  if (!Array.isArray(value)) throw new ConnectorError(`${what} must be an array, not ${inWords(value)}`);
}

export function requireBytes(value: unknown): asserts value is Uint8Array {
  if (!(value instanceof Uint8Array) || value.length === 0) throw new ConnectorError("audio must be non-empty bytes (a Uint8Array)");
}

/** @throws ConnectorError where it is no text, and no list of at least one text. */
export function requireTranscript(transcript: unknown): asserts transcript is string | readonly string[] {
  if (typeof transcript === "string" && transcript !== "") return;
  const list = Array.isArray(transcript) && transcript.length > 0 && transcript.every((unit) => typeof unit === "string");
  if (!list) throw new ConnectorError(`a transcript must be a non-empty text or a list of texts, not ${inWords(transcript)}`);
}

export function requireRole(role: unknown): Role {
  try {
    return roleFromOrdinal(role as number);
  } catch (cause) {
    throw new ConnectorError(reasonOf(cause), { cause });
  }
}

export function requireHistoryMode(mode: unknown): void {
  const { TEXT, AUDIO, TEXT_AUDIO } = ModelHistoryTrackingMode;
  if (mode === TEXT || mode === AUDIO || mode === TEXT_AUDIO) return;
  throw new ConnectorError(`${inWords(mode)} is no history tracking mode: valid are 0 (text), 1 (audio), 2 (text and audio)`);
}

/** A plain or typed array of integers as ids. */
export function requireIds(ids: unknown, what: string): Int32Array {
  if (ids instanceof Int32Array) return ids;
  if (!isNumberList(ids)) throw new ConnectorError(`${what} must be an array of token ids, not ${inWords(ids)}`);
  const wrong = Array.prototype.find.call(ids, (id: unknown) => !Number.isInteger(id));
  if (wrong !== undefined) throw new ConnectorError(`${what} must be token ids (integers), but ${inWords(wrong)} is among them`);
  return Int32Array.from(ids);
}

/** A mask of `length` entries as bytes; entries that are not 0 or false keep their token. @param misfit says what a wrong size means. */
export function requireMask(mask: unknown, length: number, misfit: string): Uint8Array {
  if (!isNumberList(mask)) throw new ConnectorError(`a mask must be an array of 0 and 1, not ${inWords(mask)}`);
  if (mask.length !== length) throw new ConnectorError(`${misfit}: ${mask.length} for ${length}`);
  return mask instanceof Uint8Array ? mask : Uint8Array.from(mask, (bit) => (bit ? 1 : 0));
}

function isNumberList(value: unknown): value is ArrayLike<number> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}
