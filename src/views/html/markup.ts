import { createHash } from "node:crypto";
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

/** A drawing of `views/figures`, whose texts the serialiser escaped. */
export function drawn({ markup }: { readonly markup: string }): Html {
  return { markup };
}

/** What a page is made of. */
export interface PageParts {
  readonly title: string;
  /** CSS of our own. */
  readonly styles: string;
  /** JavaScript of our own, without `</script`. */
  readonly script: string;
  readonly body: Html;
}

/**
 * A whole page. Its content security policy lets exactly this style sheet and this script act, pictures and sounds only where they stand in the
 * page itself, and nothing be fetched or sent, whatever a text in it may say.
 */
export function page({ title, styles, script, body }: PageParts): string {
  const style = `\n${styles}`;
  const policy = [
    "default-src 'none'",
    `script-src '${digest(script)}'`,
    `style-src '${digest(style)}'`,
    "img-src data:",
    "media-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(title)}</title>`,
    `<style>${style}</style>`,
    "</head>",
    `<body>\n${body.markup}\n<script>${script}</script>\n</body>`,
    "</html>",
    "",
  ].join("\n");
}

const digest = (text: string): string => `sha256-${createHash("sha256").update(text).digest("base64")}`;

/** Line breaks stay (they are shown as such); other controls and bidirectional overrides are written out. */
export function escapeHtml(text: string): string {
  const lines = text.replaceAll("\r\n", "\n").split("\n").map(escapeControl);
  return lines.join("\n").replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
