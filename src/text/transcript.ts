/** What was said, out of the formats that transcripts are kept in: plain text as it is, subtitles and TextGrids without their times and marks. */
export function transcriptOf(text: string): string {
  if (/^WEBVTT\b/.test(text) || /^\s*(\d+\s*\r?\n)?\s*\d+:\d\d(:\d\d)?[,.]\d{3}\s*-->/.test(text)) return cueTexts(text);
  if (/^\s*File type = "ooTextFile"\s+Object class = "TextGrid"/.test(text)) return labels(text);
  return text;
}

/** SubRip and WebVTT: blocks of an identifier, times, and lines of text with tags in them. */
function cueTexts(text: string): string {
  const blocks = text.split(/\r?\n[ \t]*(?:\r?\n)+/);
  return blocks
    .flatMap((block) => {
      const lines = block.split(/\r?\n/);
      const times = lines.findIndex((line) => line.includes("-->"));
      return times < 0 ? [] : lines.slice(times + 1);
    })
    .map((line) => unescaped(line.replace(/<[^>]{0,200}>|\{\\[^}]{0,200}\}/g, "")).trim())
    .filter((line) => line !== "")
    .join("\n");
}

const ENTITIES: Readonly<Record<string, string>> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&nbsp;": " ", "&lrm;": "", "&rlm;": "" };

function unescaped(line: string): string {
  return line.replace(/&(?:amp|lt|gt|nbsp|lrm|rlm);/g, (entity) => ENTITIES[entity] ?? entity);
}

/** Labels of the first tier of intervals; Praat doubles quotation marks within them. In the short form strings stand alone in their lines. */
function labels(text: string): string {
  const from = text.indexOf('"IntervalTier"');
  if (from < 0) return "";
  const rest = text.slice(from + '"IntervalTier"'.length);
  const end = rest.search(/"(?:IntervalTier|TextTier)"/);
  const tier = end < 0 ? rest : rest.slice(0, end);
  const [, ...found] = [...tier.matchAll(/"((?:[^"]|"")*)"/g)].map(([, label = ""]) => label.replaceAll('""', '"').trim());
  return found.filter((label) => label !== "").join(" ");
}
