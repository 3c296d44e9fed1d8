import { ConnectorError } from "../errors.js";
import type { TemplateMessage } from "./chat_template.js";

/** A content's place in a rendering, in UTF-16 code units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The messages with sentinels for contents: plain letters and digits that stand in no content, so that no template has a reason to touch them. */
export function sentinels(messages: readonly TemplateMessage[]): readonly TemplateMessage[] {
  let salt = 0;
  while (messages.some(({ content }) => content.includes(`Sentinel${salt}x`))) salt++;
  return messages.map(({ role }, i) => ({ role, content: `Sentinel${salt}x${i}end` }));
}

/** Where each content stands. @throws ConnectorError where the template drops, alters, repeats or moves one, which it names. */
export function contentSpans(whole: string, marked: readonly TemplateMessage[]): readonly Span[] {
  const spans = marked.map(({ role, content }, i) => {
    const start = whole.indexOf(content);
    const where = `the content of message ${i + 1} (${role})`;
    if (start < 0) {
      // In other letters, or cut short.
      const verb = whole.toLowerCase().includes(content.slice(0, -2).toLowerCase()) ? "alters" : "drops";
      throw new ConnectorError(`the model's chat template ${verb} ${where}: it cannot be explained${adviceFor(role)}`);
    }
    if (whole.includes(content, start + 1)) throw new ConnectorError(`the model's chat template repeats ${where}: it cannot be explained`);
    return { start, end: start + content.length };
  });
  refuseMoved(spans, marked);
  return spans;
}

function adviceFor(role: TemplateMessage["role"]): string {
  return role === "system" ? " (a switch such as /no_think belongs in model.template_kwargs: {enable_thinking: false})" : "";
}

/** Blames the message without which the others stand in order: a system message, usually, that is written into a later turn. */
function refuseMoved(spans: readonly Span[], marked: readonly TemplateMessage[]): void {
  const late = firstOutOfOrder(spans);
  if (late < 0) return;
  const alone = spans.findIndex((_, i) => firstOutOfOrder(spans.toSpliced(i, 1)) < 0);
  const moved = alone < 0 ? late : alone;
  const { start } = spans[moved] as Span;
  const before = spans.findLastIndex((span, i) => i !== moved && span.start < start);
  const name = (i: number): string => `message ${i + 1} (${marked[i]?.role})`;
  const where = before < 0 ? "to the front" : `behind that of ${name(before)}`;
  const advice = marked[moved]?.role === "system" ? ": write it into a user message instead" : "";
  throw new ConnectorError(`the model's chat template moves the content of ${name(moved)} ${where}: it cannot be explained${advice}`);
}

function firstOutOfOrder(spans: readonly Span[]): number {
  return spans.findIndex(({ start }, i) => i > 0 && start < (spans[i - 1] as Span).start);
}
