/** What a template leaves of a content. */
export interface Rendered {
  /** Stretches of the content that stay, in UTF-16 code units, ascending and not empty. */
  readonly kept: readonly (readonly [from: number, to: number])[];
  /** What it leaves out, in order; empty where it renders the content as it is. */
  readonly dropped: readonly string[];
}

/** Marks that end a model's reasoning, which many templates leave out of earlier answers together with what stands before it. */
const END_OF_REASONING = /(?:<\/[\w:-]*(?:think|thinking|thought|reasoning)>|\[\/THINK\]|<\|END_THINKING\|>)\s*$/i;

/**
 * How `rendered` comes from `content` by leaving out white space at either end, and one stretch of reasoning. Null where it comes about
 * in another way: then the template alters the content.
 */
export function renderedFrom(content: string, rendered: string): Rendered | null {
  if (rendered === content) return { kept: stretches([[0, content.length]]), dropped: [] };
  for (const [from, to] of trimmings(content)) {
    const cut = oneCut(content.slice(from, to), rendered);
    if (cut === null) continue;
    const [head, tail] = cut;
    const kept = stretches([
      [from, from + head],
      [from + tail, to],
    ]);
    const dropped = complement(content, kept);
    if (dropped.every((piece) => piece.trim() === "" || END_OF_REASONING.test(piece))) return { kept, dropped };
  }
  return null;
}

/** The parts of a content, cut down to what stays. */
export function keptParts(parts: readonly string[], kept: Rendered["kept"]): readonly string[] {
  let start = 0;
  const left = parts.map((part) => {
    const at = start;
    start += part.length;
    return kept.map(([from, to]) => part.slice(Math.max(0, from - at), Math.max(0, to - at))).join("");
  });
  return left.filter((part) => part !== "");
}

/** The content itself, and without the white space at one or both ends. */
function trimmings(content: string): readonly (readonly [from: number, to: number])[] {
  const from = content.length - content.trimStart().length;
  const to = content.trimEnd().length;
  if (from >= to) return [[0, content.length]];
  return [
    [0, content.length],
    [from, to],
    [0, to],
    [from, content.length],
  ];
}

/** Where one stretch of `text` is left out: how long what stands before it is, and where it ends. */
function oneCut(text: string, rendered: string): readonly [head: number, tail: number] | null {
  const cut = text.length - rendered.length;
  if (cut < 0) return null;
  // What stays is rather the end: reasoning comes first.
  let suffix = 0;
  while (suffix < rendered.length && text[text.length - 1 - suffix] === rendered[rendered.length - 1 - suffix]) suffix++;
  const head = rendered.length - suffix;
  return text.startsWith(rendered.slice(0, head)) ? [head, head + cut] : null;
}

/** Without empty ones, neighbours joined. */
function stretches(ranges: readonly (readonly [number, number])[]): Rendered["kept"] {
  const filled = ranges.filter(([from, to]) => to > from);
  const [first, second] = filled;
  return first !== undefined && second !== undefined && first[1] === second[0] ? [[first[0], second[1]]] : filled;
}

function complement(content: string, kept: Rendered["kept"]): readonly string[] {
  const edges = [0, ...kept.flat(), content.length];
  const gaps: string[] = [];
  for (let i = 0; i < edges.length; i += 2) gaps.push(content.slice(edges[i], edges[i + 1]));
  return gaps.filter((gap) => gap !== "");
}
