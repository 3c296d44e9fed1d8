import type { Spec } from "../spec/schema.js";
import { transcriptOf } from "../text/transcript.js";

/** What was said before the answer that is explained: a line for each message, its speaker in front. Sound is its transcript, or said to be sound. */
export function conversationText({ messages, prompt }: Pick<Spec, "messages" | "prompt">): string {
  if (messages === null || messages === undefined) return (prompt ?? []).join("");
  const asked = messages.at(-1)?.role === "assistant" ? messages.slice(0, -1) : messages;
  return asked.map(({ role, content }) => `${role}: ${content.map(partText).join(" ")}`).join("\n");
}

type Part = NonNullable<Spec["messages"]>[number]["content"][number];

function partText(part: Part): string {
  if (part.type === "text") return part.text;
  const { transcript } = part;
  if (transcript === null) return "[sound]";
  return typeof transcript === "string" ? transcriptOf(transcript) : transcript.join(" ");
}
