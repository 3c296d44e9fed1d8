const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** The text, or as much of it with "…" as is at most `room` pixels wide. */
export function fitted(text: string, room: number, measure: (text: string) => number): string {
  if (measure(text) <= room) return text;
  let kept = "";
  for (const { segment } of graphemes.segment(text)) {
    if (measure(`${kept}${segment}…`) > room) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}

/** About what a sans-serif face takes, for pages, whose reader's face is not known. @param size in pixels */
export function estimatedWidth(size: number): (text: string) => number {
  return (text) => {
    let em = 0;
    for (const character of text)
      em += /[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\uff00-\uff60\p{Emoji_Presentation}]/u.test(character)
        ? 1
        : /[mwMW—%@]/.test(character)
          ? 0.95
          : /[iljtf.,:;'!| ]/.test(character)
            ? 0.36
            : /[A-Z]/.test(character)
              ? 0.7
              : 0.62;
    return em * size;
  };
}
