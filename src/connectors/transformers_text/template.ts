import { ConnectorError } from "../../errors.js";
import type { ChatTemplate, TemplateMessage } from "../base/load_tokenizer.js";

/** A message whose content is tokenised part by part. */
export interface PartedMessage {
  readonly role: TemplateMessage["role"];
  /** Non-empty texts, at least one. */
  readonly parts: readonly string[];
}

export interface TurnLayout {
  /** Literals around the content. */
  readonly open: string;
  readonly close: string;
  /** The turn stands by itself: leaving its literals out with it gives a conversation without this message. */
  readonly separable: boolean;
}

/** A rendering taken apart: preamble, then open + content + close of each turn, then generationPrompt. */
export interface TemplateLayout {
  readonly rendering: string;
  readonly preamble: string;
  readonly turns: readonly TurnLayout[];
  readonly generationPrompt: string;
}

/**
 * Renders the conversation with each content replaced by a sentinel and takes the literals between them.
 *
 * A literal between two contents is split where the rendering of the messages so far ends; where the template does not
 * render prefixes like that (it merges a system message into the first user turn, say), the literal opens the
 * later turn and neither turn is separable.
 * @param bosText text of the start-of-text token, which is part of the preamble; "" where there is none.
 * @throws ConnectorError where the template refuses the messages, or drops, repeats, moves or alters a content.
 */
export function templateLayout(template: ChatTemplate, messages: readonly PartedMessage[], bosText: string): TemplateLayout {
  const marked = markMessages(messages);
  const whole = template.render(marked, true);
  const rendering = template.render(realMessages(messages), true);
  const spans = contentSpans(whole, marked);
  checkContents(template, messages, marked, { whole, rendering });
  const ends = marked.map((_, i) => turnEnd(template, marked.slice(0, i + 1), whole, spans[i + 1]?.start ?? whole.length));
  const starts = [0, ...ends.map((end, i) => end ?? (spans[i] as Span).end)];
  const first = whole.slice(0, spans[0]?.start);
  const preamble = first.slice(0, preambleLength(template, messages[0]?.role, first, bosText));
  const turns = marked.map((_, i) => {
    const { start, end } = spans[i] as Span;
    const from = i === 0 ? preamble.length : (starts[i] as number);
    return {
      open: whole.slice(from, start),
      close: whole.slice(end, ends[i] ?? end),
      separable: ends[i] !== null && (i === 0 || ends[i - 1] !== null),
    };
  });
  return { rendering, preamble, turns, generationPrompt: whole.slice(starts.at(-1)) };
}

interface Span {
  readonly start: number;
  readonly end: number;
}

function realMessages(messages: readonly PartedMessage[]): readonly TemplateMessage[] {
  return messages.map(({ role, parts }) => ({ role, content: parts.join("") }));
}

/** Sentinels are plain letters and digits that stand in no content, so that no template has a reason to touch them. */
function markMessages(messages: readonly PartedMessage[]): readonly TemplateMessage[] {
  let salt = 0;
  while (messages.some(({ parts }) => parts.join("").includes(`Sentinel${salt}x`))) salt++;
  return messages.map(({ role }, i) => ({ role, content: `Sentinel${salt}x${i}end` }));
}

function contentSpans(whole: string, marked: readonly TemplateMessage[]): readonly Span[] {
  let from = 0;
  return marked.map(({ role, content }, i) => {
    const start = whole.indexOf(content);
    const where = `the content of message ${i + 1} (${role})`;
    if (start < 0) {
      const verb = whole.toLowerCase().includes(content.toLowerCase()) ? "alters" : "drops";
      throw new ConnectorError(`the model's chat template ${verb} ${where}: it cannot be explained`);
    }
    if (whole.includes(content, start + 1)) throw new ConnectorError(`the model's chat template repeats ${where}: it cannot be explained`);
    if (start < from) throw new ConnectorError(`the model's chat template moves ${where}: it cannot be explained`);
    from = start + content.length;
    return { start, end: from };
  });
}

function checkContents(
  template: ChatTemplate,
  messages: readonly PartedMessage[],
  marked: readonly TemplateMessage[],
  { whole, rendering }: { readonly whole: string; readonly rendering: string },
): void {
  const real = realMessages(messages);
  const filled = (text: string, only?: number): string =>
    marked.reduce(
      (done, { content }, i) =>
        only === undefined || only === i ? done.replace(content, () => (real[i] as TemplateMessage).content) : done,
      text,
    );
  if (filled(whole) === rendering) return;
  const culprit = real.findIndex((message, i) => template.render(marked.with(i, message), true) !== filled(whole, i));
  const { role, content } = real[Math.max(0, culprit)] as TemplateMessage;
  const hint = content === content.trim() ? "" : " (it starts or ends with white space, which many templates trim)";
  throw new ConnectorError(`the model's chat template alters the content of message ${Math.max(0, culprit) + 1} (${role})${hint}`);
}

/** Where the last of `upTo` ends in `whole`; null where the template does not render these messages as it does in the whole. */
function turnEnd(template: ChatTemplate, upTo: readonly TemplateMessage[], whole: string, nextContent: number): number | null {
  const closed = renderOrNull(template, upTo, false);
  const last = upTo.at(-1) as TemplateMessage;
  if (closed === null || !whole.startsWith(closed) || !closed.includes(last.content) || closed.length > nextContent) return null;
  // A template that opens the answer whether asked to or not: the opening belongs to the next turn, and where it starts cannot be told.
  const always = renderOrNull(template, upTo, true) === closed;
  return always && closed.length === nextContent && nextContent < whole.length ? null : closed.length;
}

function renderOrNull(template: ChatTemplate, messages: readonly TemplateMessage[], generationPrompt: boolean): string | null {
  try {
    return template.render(messages, generationPrompt);
  } catch (error) {
    if (error instanceof ConnectorError) return null;
    throw error;
  }
}

/**
 * How much of the first literal stands before the first turn: what precedes the opening of a later turn of the same
 * role (start of text, a default system prompt), and the start of text at least.
 */
function preambleLength(template: ChatTemplate, role: TemplateMessage["role"] | undefined, first: string, bosText: string): number {
  const least = bosText !== "" && first.startsWith(bosText) ? bosText.length : 0;
  if (role !== "user") return least;
  const later = laterUserOpening(template);
  if (later === null || later === "" || !first.endsWith(later)) return least;
  return Math.max(least, first.length - later.length);
}

function laterUserOpening(template: ChatTemplate): string | null {
  const talk: readonly TemplateMessage[] = [
    { role: "user", content: "Sentinel0a" },
    { role: "assistant", content: "Sentinel0b" },
    { role: "user", content: "Sentinel0c" },
  ];
  const whole = renderOrNull(template, talk, false);
  const before = renderOrNull(template, talk.slice(0, 2), false);
  if (whole === null || before === null || !whole.startsWith(before)) return null;
  const at = whole.indexOf("Sentinel0c");
  return at < before.length ? null : whole.slice(before.length, at);
}
