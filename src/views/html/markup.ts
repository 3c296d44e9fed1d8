import { escapeControl } from "../../util/escape.js";

/** Markup that is safe to print: only this file makes it. */
export interface Html {
  readonly markup: string;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** An element; strings among its children and attributes are texts and escaped. */
export function h(tag: string, attributes: Readonly<Record<string, string>>, ...children: readonly (Html | string)[]): Html {
  const list = Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${escapeHtml(value)}"`)
    .join("");
  return { markup: `<${tag}${list}>${join(children).markup}</${tag}>` };
}

export function join(children: readonly (Html | string)[]): Html {
  return { markup: children.map((child) => (typeof child === "string" ? escapeHtml(child) : child.markup)).join("") };
}

/**
 * A whole page. Its content security policy forbids scripts and every fetch, whatever a text in it may say.
 * @param styles CSS of our own
 */
export function page(title: string, styles: string, body: Html): string {
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(title)}</title>`,
    `<style>\n${styles}</style>`,
    "</head>",
    `<body>\n${body.markup}\n</body>`,
    "</html>",
    "",
  ].join("\n");
}

/** Line breaks stay (they are shown as such); other controls and bidirectional overrides are written out. */
function escapeHtml(text: string): string {
  const lines = text.replaceAll("\r\n", "\n").split("\n").map(escapeControl);
  return lines.join("\n").replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
