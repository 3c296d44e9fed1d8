/** Follows the reader's light or dark setting; prints with its shades. */
export const styles = `:root { color-scheme: light dark; --text: #1c1e21; --faint: #6b7280; --line: #d8dbe0; --page: #fff; --raises: #c8400f; --lowers: #1668d6; --warning: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e6e6; --faint: #9aa0a6; --line: #3a3d42; --page: #1b1c1e; --raises: #f0743f; --lowers: #5a9df5; --warning: #e5b454; } }
body { margin: 2rem auto; max-width: 60rem; padding: 0 1.5rem; background: var(--page); color: var(--text); font: 16px/1.55 system-ui, sans-serif; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
article + article { margin-top: 3rem; padding-top: 1.5rem; border-top: 1px solid var(--line); }
h1 { font-size: 1.25rem; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: 6.5rem 1fr; gap: .15rem .75rem; margin: 1rem 0 1.5rem; }
dt, .speaker, .faint, .legend, th { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap; }
.answer { font-weight: 600; }
.turn { display: grid; align-items: baseline; grid-template-columns: 6.5rem 1fr; gap: .75rem; margin: .4rem 0; }
.turn p { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.9; }
.heat { color: #fff; border-radius: .25em; padding: .1em .25em; }
.raises { color: var(--raises); }
.lowers { color: var(--lowers); }
.legend { font-size: .85rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: normal; font-size: .85rem; }
th:nth-child(-n+3), .number { text-align: right; white-space: nowrap; width: 1%; }
th, td { padding: .15rem .6rem; vertical-align: top; }
td:last-child { overflow-wrap: anywhere; white-space: pre-wrap; }
tfoot td { border-top: 1px solid var(--line); white-space: normal; }
.bar { width: 45%; min-width: 8rem; position: relative; background: linear-gradient(var(--line), var(--line)) center / 1px 100% no-repeat; }
.bar span { position: absolute; top: .35rem; bottom: .35rem; border-radius: .15em; background: currentColor; }
.bar .raises { left: 50%; }
.bar .lowers { right: 50%; }
.warning { color: var(--warning); }
.warning::before { content: "! "; }
@media (max-width: 40rem) { .turn, dl { grid-template-columns: 1fr; gap: 0; } }
`;
