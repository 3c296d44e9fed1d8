import type { MessageSpec, Spec } from "./schema.js";

/** What the model is asked, and the answer that the spec gives itself. */
export interface AskedInSpec {
  /** Messages to answer, or the text to continue. */
  readonly asked: readonly MessageSpec[] | string;
  /** null where the model is to answer. */
  readonly answer: string | null;
}

/** A closing assistant message is the answer to explain; a prompt has a key of its own for it. */
export function askedIn({ messages, prompt, answer }: Spec): AskedInSpec {
  if (messages === undefined) return { asked: (prompt ?? []).join(""), answer: answer ?? null };
  const last = messages.at(-1);
  if (last?.role !== "assistant") return { asked: messages, answer: null };
  return { asked: messages.slice(0, -1), answer: textOf(last) };
}

function textOf({ content }: MessageSpec): string {
  return content.map((part) => (part.type === "text" ? part.text : "")).join("");
}
