import { askedIn } from "../spec/asked.js";
import type { Spec } from "../spec/schema.js";
import { escapeControl } from "../util/escape.js";

/** Characters that nobody sees: no-break and other odd blanks, soft hyphens, zero-width characters, controls. Joiners of emoji and scripts are none. */
const UNSEEN = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u2060\u00ad\ufeff\p{Cc}]/u;

/**
 * What is easily overlooked in an answer that is given rather than generated, one line each: it is scored as it stands, and a line break
 * or blank too many may cost more than a wrong word.
 */
export function notesOnAnswer(answer: string, spec: Spec): readonly string[] {
  const { asked } = askedIn(spec);
  const continues = typeof asked === "string";
  const head = answer.slice(0, answer.length - answer.trimStart().length);
  const tail = answer.trim() === "" ? "" : answer.slice(answer.trimEnd().length);
  const odd: string[] = [];
  // A continuation begins with the blank that parts it from the prompt.
  if (head !== "" && !(continues && head === " " && answer.trim() !== "")) odd.push(`begins with ${shown(head)}`);
  if (tail !== "") odd.push(`ends with ${shown(tail)}`);
  const unseen = UNSEEN.exec(answer.trim().replaceAll(/[\n\r\t]/g, ""))?.[0];
  if (unseen !== undefined) odd.push(`holds the invisible character ${codePoint(unseen)}`);
  const notes = odd.length === 0 ? [] : [`the given answer ${odd.join(" and ")}, which is scored, too: take it out if it is not meant`];
  return continues && joinsWords(asked, answer) ? [...notes, noteOnJoint(asked, answer)] : notes;
}

function joinsWords(prompt: string, answer: string): boolean {
  return (
    /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\d]$/u.test(prompt) &&
    /^[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\d]/u.test(answer)
  );
}

function noteOnJoint(prompt: string, answer: string): string {
  const joint = `${/\S*$/.exec(prompt)?.[0].slice(-20)}${/^\S*/.exec(answer)?.[0].slice(0, 20)}`;
  return `the answer follows the prompt without a blank, as in "${joint}": begin it with one if that is not meant`;
}

function shown(blank: string): string {
  return blank === " " ? "a blank" : /^ +$/.test(blank) ? `${blank.length} blanks` : `"${escapeControl(blank)}"`;
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}
