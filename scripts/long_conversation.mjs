// The long conversation of nano that scripts record coalitions of.
import { readFileSync } from "node:fs";

const WORDS = 200;

/** Held-out exchanges, one after the other, until there are enough words; the last question stays open. */
export function conversation(root) {
  const { twoTurn } = JSON.parse(readFileSync(`${root}fixtures/conversations/nano-heldout.json`, "utf8"));
  const messages = [];
  let words = 0;
  for (const { turns, answer } of twoTurn) {
    for (const { role, text } of turns) messages.push({ role, content: text });
    words += turns.reduce((sum, { text }) => sum + text.split(" ").length, 0);
    if (words >= WORDS) return messages;
    messages.push({ role: "assistant", content: answer });
    words += answer.split(" ").length;
  }
  throw new Error(`the held-out conversations have ${words} words only`);
}
