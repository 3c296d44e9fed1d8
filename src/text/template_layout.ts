import { ConnectorError } from "../errors.js";
import { itemAt } from "../util/elements.js";
import type { ChatTemplate, TemplateMessage } from "./chat_template.js";
import { contentSpans, type Span, sentinels } from "./content_spans.js";
import { keptParts, type Rendered, renderedFrom } from "./rendered.js";

/** A message whose content is tokenised part by part. */
export interface PartedMessage {
  readonly role: TemplateMessage["role"];
  /** Non-empty texts; none where a template leaves out all of the content. */
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
  /** The messages with what the template leaves of them. */
  readonly messages: readonly PartedMessage[];
  /** What it leaves out of each, in words; empty where every content is rendered as it is. */
  readonly leftOut: readonly string[];
}

/**
 * Renders the conversation with each content replaced by a sentinel and takes the literals between them.
 *
 * A literal between two contents is split where the turn of the first ends when nothing follows it; where that cannot be told (the
 * template merges a system message into the first user turn, say), the literal opens the later turn and neither turn is separable.
 * White space that the template trims, and reasoning that it leaves out of earlier answers, is no part of the layout's messages.
 * @param bosText text of the start-of-text token, which is part of the preamble; "" where there is none.
 * @param eosText text of the end-of-text token; "" where there is none.
 * @throws ConnectorError where the template refuses the messages, or drops, repeats, moves or alters a content.
 */
export function templateLayout(template: ChatTemplate, messages: readonly PartedMessage[], bosText: string, eosText = ""): TemplateLayout {
  const marked = sentinels(messages.map(({ role, parts }) => ({ role, content: parts.join("") })));
  const whole = template.render(marked, true);
  const spans = contentSpans(whole, marked);
  const shown = renderedContents(template, messages, marked, whole);
  const ends = marked.map((_, i) => turnEnd(template, marked, i, { whole, spans, eosText }));
  const starts = [0, ...ends.map((end, i) => end ?? (spans[i] as Span).end)];
  const first = whole.slice(0, spans[0]?.start);
  const preamble = first.slice(0, preambleLength(template, messages[0]?.role, first, bosText));
  const turns = marked.map((_, i) => {
    const { start, end } = spans[i] as Span;
    const from = i === 0 ? preamble.length : itemAt(starts, i);
    return {
      open: whole.slice(from, start),
      close: whole.slice(end, ends[i] ?? end),
      separable: ends[i] !== null && (i === 0 || ends[i - 1] !== null),
    };
  });
  return {
    rendering: shown.rendering,
    preamble,
    turns,
    generationPrompt: whole.slice(starts.at(-1)),
    messages: messages.map(({ role, parts }, i) => ({ role, parts: keptParts(parts, (shown.contents[i] as Rendered).kept) })),
    leftOut: shown.contents.flatMap(({ dropped }, i) => dropped.map((piece) => `${inWords(piece)} of ${nameOf(messages, i)}`)),
  };
}

interface Rendition {
  /** Of the messages as they are. */
  readonly rendering: string;
  readonly contents: readonly Rendered[];
}

/** What the template makes of each content, found by rendering it alone among sentinels, and checked on the whole. */
function renderedContents(
  template: ChatTemplate,
  messages: readonly PartedMessage[],
  marked: readonly TemplateMessage[],
  whole: string,
): Rendition {
  const real = messages.map(({ role, parts }) => ({ role, content: parts.join("") }));
  const rendering = template.render(real, true);
  const fill = (texts: readonly string[]): string =>
    marked.reduce((done, { content }, i) => done.replace(content, () => texts[i] as string), whole);
  const asTheyAre = real.map(({ content }) => content);
  if (fill(asTheyAre) === rendering) return { rendering, contents: asTheyAre.map((content) => renderedFrom(content, content) as Rendered) };
  const texts = real.map((message, i) => {
    const [before, after] = whole.split((marked[i] as TemplateMessage).content) as [string, string];
    const alone = template.render(marked.with(i, message), true);
    const fits = alone.length >= before.length + after.length && alone.startsWith(before) && alone.endsWith(after);
    return fits ? alone.slice(before.length, alone.length - after.length) : null;
  });
  const contents = texts.map((text, i) => {
    const found = text === null ? null : renderedFrom(asTheyAre[i] as string, text);
    if (found === null || text === null) throw altered(messages, i, text);
    if (text === "" && (asTheyAre[i] as string).trim() !== "") {
      throw new ConnectorError(`the model's chat template drops the content of ${nameOf(messages, i)}: it cannot be explained`);
    }
    return found;
  });
  if (fill(texts as readonly string[]) !== rendering) {
    throw new ConnectorError("the model's chat template writes these messages otherwise together than one by one: it cannot be explained");
  }
  return { rendering, contents };
}

/** @param text what it is rendered as; null where the template's own text changes with it. */
function altered(messages: readonly PartedMessage[], i: number, text: string | null): ConnectorError {
  const name = nameOf(messages, i);
  if (text !== null) return new ConnectorError(`the model's chat template alters the content of ${name}: it cannot be explained`);
  return new ConnectorError(
    `the model's chat template alters the content of ${name}, or writes something else around it because of what it says: it cannot be explained (a switch such as /no_think belongs in model.template_kwargs: {enable_thinking: false})`,
  );
}

function nameOf(messages: readonly PartedMessage[], i: number): string {
  return `message ${i + 1} (${messages[i]?.role})`;
}

/** Longest piece that is quoted whole. */
const QUOTED = 40;

function inWords(piece: string): string {
  if (piece.trim() === "") return `white space (${JSON.stringify(piece)})`;
  return JSON.stringify(piece.length > QUOTED ? `${piece.slice(0, QUOTED / 2)}…${piece.trimEnd().slice(-QUOTED / 2)}` : piece);
}

interface Whole {
  readonly whole: string;
  readonly spans: readonly Span[];
  readonly eosText: string;
}

/** Where the turn of message `i` ends in the whole; null where that cannot be told. */
function turnEnd(template: ChatTemplate, marked: readonly TemplateMessage[], i: number, all: Whole): number | null {
  const { whole, spans } = all;
  const next = spans[i + 1]?.start ?? whole.length;
  const upTo = marked.slice(0, i + 1);
  const { content } = upTo[i] as TemplateMessage;
  const closed = closedRendering(template, upTo, all);
  if (closed === null || !closed.includes(content)) return null;
  // A template that opens the answer whether asked to or not: the opening belongs to the next turn, and where it starts cannot be told.
  const always = renderOrNull(template, upTo, true) === renderOrNull(template, upTo, false);
  if (whole.startsWith(closed) && closed.length <= next) {
    return always && closed.length === next && next < whole.length ? null : closed.length;
  }
  if (always) return null;
  // What stands before may be written otherwise when nothing follows (reasoning of the last answer): then the end alone is compared.
  const close = closed.slice(closed.lastIndexOf(content) + content.length);
  const end = (spans[i] as Span).end + close.length;
  return end <= next && whole.startsWith(close, end - close.length) && standsAlone(template, marked, i, all, end) ? end : null;
}

/** What is rendered where nothing follows. Some templates (Phi-3) end a conversation with the end of text then, which is no turn's. */
function closedRendering(template: ChatTemplate, messages: readonly TemplateMessage[], { whole, eosText }: Whole): string | null {
  const closed = renderOrNull(template, messages, false);
  if (closed === null || eosText === "" || whole.startsWith(closed) || !closed.endsWith(eosText)) return closed;
  const open = closed.slice(0, -eosText.length);
  return whole.startsWith(open) ? open : closed;
}

/** Whether the conversation without message `i` is the whole less a stretch that holds it and ends at `end`. */
function standsAlone(template: ChatTemplate, marked: readonly TemplateMessage[], i: number, { whole, spans }: Whole, end: number): boolean {
  const without = renderOrNull(template, marked.toSpliced(i, 1), true);
  if (without === null) return true;
  const start = end - (whole.length - without.length);
  return start >= (spans[i - 1]?.end ?? 0) && start <= (spans[i] as Span).start && whole.slice(0, start) + whole.slice(end) === without;
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
  if (whole === null || before === null) return null;
  const at = whole.indexOf("Sentinel0c");
  if (whole.startsWith(before)) return at < before.length ? null : whole.slice(before.length, at);
  const close = before.slice(before.lastIndexOf("Sentinel0b") + "Sentinel0b".length);
  const from = whole.indexOf("Sentinel0b") + "Sentinel0b".length;
  return whole.startsWith(close, from) && from + close.length <= at ? whole.slice(from + close.length, at) : null;
}
