import { oneLine } from "../../results/alignment.js";
import type { Result } from "../../results/result_schema.js";

/** Characters of a conversation that name it. */
const LONGEST = 60;

/** What a result is called: its spec's path, else how its conversation begins, which was typed or came from standard input. */
export function titleOf({ spec }: Pick<Result, "spec">): string {
  if (spec.path !== null) return spec.path;
  const text = oneLine(firstText(spec.resolved)).trim();
  if (text === "") return "typed conversation";
  const letters = [...text];
  return letters.length > LONGEST ? `“${letters.slice(0, LONGEST - 1).join("")}…”` : `“${text}”`;
}

/** Of the first user message, or the prompt; a sound goes by its name. */
function firstText({ messages, prompt }: Result["spec"]["resolved"]): string {
  if (Array.isArray(prompt)) return prompt.join("");
  if (!Array.isArray(messages)) return "";
  const user = (messages as readonly Message[]).find(({ role }) => role === "user");
  const parts = Array.isArray(user?.content) ? (user.content as readonly Part[]) : [];
  return parts.map(({ text, path }) => text ?? path ?? "").find((one) => one !== "") ?? "";
}

interface Message {
  readonly role?: unknown;
  readonly content?: unknown;
}

interface Part {
  readonly text?: string;
  readonly path?: string;
}
