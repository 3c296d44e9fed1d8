import { properties, STEPS, type Theme } from "../figures/palette.js";

const variables = (theme: Theme): string => [...properties(theme)].map(([name, value]) => `--${name}:${value}`).join(";");

const tones = (["r", "l"] as const)
  .flatMap((sign) =>
    Array.from({ length: STEPS }, (_, i) => `.${sign}${i + 1}{background:var(--${sign}${i + 1});color:var(--${sign}${i + 1}t)}`),
  )
  .join("\n");

const stripes = (angle: number, tone: string): string =>
  `repeating-linear-gradient(${angle}deg, var(--${tone}) 0 1.5px, transparent 1.5px 6px)`;

/** The same on paper, as tiles without a see-through part: a browser prints what is see-through as an image of the whole sheet. */
const printedStripes = (angle: number, tone: string): string =>
  `linear-gradient(${angle}deg, #fff 0 35%, var(--${tone}) 35% 47%, #fff 47% 85%, var(--${tone}) 85% 97%, #fff 97%) 0 0 / 6px 6px`;

/** Follows the reader's light or dark setting unless the page's own button says otherwise; prints light. No class or id leaves the page. */
export const styles = `:root { color-scheme: light; ${variables("light")}; --card: #fff; --ground: #f5f6f8; --accent: #2469b9; --warn: #8a5200; --warnground: #fff6e5; }
@media screen and (prefers-color-scheme: dark) { :root:not([data-theme="light"]) { color-scheme: dark; ${variables("dark")}; --card: #16181b; --ground: #0e1012; --accent: #7db4f5; --warn: #f0c069; --warnground: #2a2214; } }
@media screen { :root[data-theme="dark"] { color-scheme: dark; ${variables("dark")}; --card: #16181b; --ground: #0e1012; --accent: #7db4f5; --warn: #f0c069; --warnground: #2a2214; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; -webkit-print-color-adjust: exact; print-color-adjust: exact; -webkit-text-size-adjust: 100%; }
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1.25rem 3rem; }
header.top { display: flex; justify-content: space-between; align-items: baseline; gap: 1rem; color: var(--faint); font-size: .875rem; margin-bottom: 1rem; }
header.top b { color: var(--text); font-weight: 650; }
h1, h2, h3, p, dl, figure, ol { margin: 0; }
h1 { font-size: 1rem; font-weight: 600; color: var(--faint); overflow-wrap: anywhere; }
h2 { font-size: .8125rem; font-weight: 650; letter-spacing: .06em; text-transform: uppercase; color: var(--faint); margin-bottom: .75rem; }
h3 { font-size: .9375rem; font-weight: 600; margin: 1rem 0 .5rem; }
article { margin-bottom: 2.5rem; }
section, .head, nav.index { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.25rem 1.4rem; margin-top: 1rem; }
.answer { font-size: 1.6rem; line-height: 1.3; font-weight: 650; letter-spacing: -.01em; margin: .35rem 0 1rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.answer small { display: block; font-size: .75rem; font-weight: 600; letter-spacing: .06em; text-transform: uppercase; color: var(--faint); }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .6rem 1.5rem; }
.facts dt, .prov dt { color: var(--faint); font-size: .8125rem; }
.facts dd, .prov dd { margin: 0; overflow-wrap: anywhere; }
.facts dd { font-variant-numeric: tabular-nums; }
.prov { display: grid; grid-template-columns: 9.5rem 1fr; gap: .2rem 1rem; font-size: .875rem; }
.prov code { font-size: .8125rem; overflow-wrap: anywhere; }
.turn { display: grid; grid-template-columns: 5.5rem 1fr; gap: .75rem; padding: .35rem 0; }
.speaker, .faint { color: var(--faint); }
.speaker { font-size: .875rem; padding-top: .3rem; }
.said { line-height: 2.05; font-size: 1.0625rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.chip { font: inherit; color: inherit; background: none; border: 0; border-radius: 5px; padding: .14em .3em; margin: 0 -.06em; -webkit-box-decoration-break: clone; box-decoration-break: clone; }
button.chip, button.plain { cursor: pointer; }
button.chip { line-height: 1.5; padding-block: 0; }
.chip.up::after, .chip.down::after, .cell.up::after, .cell.down::after { font-size: .82em; font-weight: 700; margin-left: .08em; }
.chip.up::after, .cell.up::after { content: "⁺"; }
.chip.down::after, .cell.down::after { content: "⁻"; }
.unknown { outline: 1px dashed var(--faint); outline-offset: -1px; }
.unsure { box-shadow: inset 0 0 0 1px var(--line); background-image: ${stripes(-45, "line")}; }
.unsure.raise { background-image: ${stripes(-45, "r7")}; }
.unsure.lower { background-image: ${stripes(45, "l7")}; }
${tones}
.lit { outline: 2px solid var(--accent); outline-offset: 1px; }
svg .lit { stroke: var(--accent); stroke-width: 2.2; outline: none; }
.legend { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1.5rem; margin-top: .9rem; padding-top: .9rem; border-top: 1px solid var(--line); font-size: .8125rem; color: var(--faint); }
.legend svg { width: 17rem; max-width: 100%; }
svg line, svg text, svg image, .clip path { pointer-events: none; }
.wide { overflow-x: auto; overflow-y: hidden; }
.wide:focus-visible, button:focus-visible, .play:focus-visible, summary:focus-visible, a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
svg { display: block; height: auto; max-width: 100%; color: var(--text); overflow: visible; }
svg text { white-space: pre; }
.clip svg { width: 100%; margin-bottom: .25rem; }
.play { cursor: pointer; }
.play:hover { filter: brightness(.94); }
.playing { stroke: var(--accent); stroke-width: 3; }
.chip.playing { outline: 2px solid var(--accent); }
audio { width: 100%; max-width: 26rem; height: 2.5rem; margin: .5rem 0; display: block; }
.row { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center; margin: .5rem 0; }
button.plain { font: inherit; font-size: .875rem; color: var(--text); background: var(--ground); border: 1px solid var(--line); border-radius: 8px; padding: .3rem .75rem; }
button.plain:hover { border-color: var(--faint); }
button.main { background: var(--accent); border-color: var(--accent); color: var(--card); font-weight: 600; }
.keep { border: 1px solid var(--line); border-radius: 7px; }
.keep[aria-pressed="false"] { text-decoration: line-through; background: transparent; color: var(--faint); border-style: dashed; }
.pairs { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1.5rem; align-items: start; }
figcaption, .note { font-size: .8125rem; color: var(--faint); margin-top: .4rem; }
details { margin-top: .9rem; }
summary { cursor: pointer; color: var(--faint); font-size: .875rem; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; font-variant-numeric: tabular-nums; margin-top: .5rem; }
th { text-align: left; font-weight: 500; color: var(--faint); }
th, td { padding: .22rem .8rem .22rem 0; vertical-align: top; border-bottom: 1px solid var(--line); }
.number { text-align: right; white-space: nowrap; }
.cells { width: auto; }
.cells th, .cells td { padding: .2rem .5rem; }
.cells thead th { vertical-align: bottom; text-align: right; }
.cells .cell { min-width: 3.2rem; border: 1px solid var(--card); }
td.name { overflow-wrap: anywhere; white-space: pre-wrap; width: 60%; }
.warnings { background: var(--warnground); border-color: transparent; color: var(--warn); }
.warnings p { overflow-wrap: anywhere; }
.warnings p + p { margin-top: .4rem; }
.index ol { padding-left: 1.4rem; }
.index li { padding: .2rem 0; overflow-wrap: anywhere; }
a { color: var(--accent); }
.sides { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; }
.sides > * { min-width: 0; }
.tip { position: fixed; z-index: 9; pointer-events: none; max-width: 22rem; background: var(--text); color: var(--page); font-size: .8125rem; line-height: 1.4; padding: .3rem .6rem; border-radius: 7px; overflow-wrap: anywhere; }
[hidden] { display: none; }
@media screen { :root[data-theme="dark"] .spectrogram { filter: invert(1); } }
@media screen and (prefers-color-scheme: dark) { :root:not([data-theme="light"]) .spectrogram { filter: invert(1); } }
@media (max-width: 42rem) { main { padding: .75rem .6rem 2rem; } section, .head, nav.index { padding: 1rem .9rem; border-radius: 10px; } .turn { grid-template-columns: 1fr; gap: 0; } .prov { grid-template-columns: 1fr; gap: 0; } .prov dd { margin-bottom: .45rem; } .sides, .pairs { grid-template-columns: 1fr; } .answer { font-size: 1.3rem; } .wide svg { max-width: none; } .clip svg { min-width: 44rem; } .bars svg { width: 40rem; } .arcs svg { width: 36rem; } .matrix svg { max-width: 100%; } }
@media print { :root { --ground: #fff; --warn: #6b4000; --warnground: #fff; } body { font-size: 10.5pt; } main { max-width: none; padding: 0; } section, .head, nav.index { border-color: #d5d9df; break-inside: avoid; } .wide { overflow: visible; } .clip svg, .bars svg, .arcs svg { min-width: 0; width: 100%; } audio, button.plain, .coalition, .tip, .theme, details { display: none; } .unsure { background: ${printedStripes(-45, "line")}; } .unsure.raise { background: ${printedStripes(-45, "r7")}; } .unsure.lower { background: ${printedStripes(45, "l7")}; } }
`;
