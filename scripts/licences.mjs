// Checks that everything a user's install brings along may go with an Apache-2.0 package: reads the lock file (all platforms, no development
// tools) and fails on a licence that is not in the list. With --list it prints what is there.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Permissive, or LGPL: separate modules that anyone may replace. GPL alone does not go with Apache-2.0. */
const ALLOWED = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC0-1.0",
  "ISC",
  "LGPL-2.1-or-later",
  "LGPL-3.0-or-later",
  "MIT",
  "MPL-2.0",
  "Unlicense",
]);
/** Packages whose package.json does not say it in the usual place, and what their licence file says. */
const STATED = { "async@0.2.10": "MIT", "png-js@2.0.0": "MIT" };

/** Of an SPDX expression: every part of AND, one part of OR. */
function allowed(expression) {
  const bare = expression.trim();
  const whole = /^\((.*)\)$/.exec(bare);
  if (whole !== null && balanced(whole[1])) return allowed(whole[1]);
  const or = splitOn(bare, " OR ");
  if (or.length > 1) return or.some(allowed);
  const and = splitOn(bare, " AND ");
  if (and.length > 1) return and.every(allowed);
  return ALLOWED.has(bare);
}

function balanced(text) {
  let depth = 0;
  for (const letter of text) {
    if (letter === "(") depth++;
    if (letter === ")" && --depth < 0) return false;
  }
  return depth === 0;
}

function splitOn(text, word) {
  const parts = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "(") depth++;
    if (text[i] === ")") depth--;
    if (depth > 0 || !text.startsWith(word, i)) continue;
    parts.push(text.slice(from, i));
    from = i + word.length;
  }
  return [...parts, text.slice(from)];
}

const [file = fileURLToPath(new URL("../package-lock.json", import.meta.url))] = process.argv
  .slice(2)
  .filter((word) => !word.startsWith("--"));
const lock = JSON.parse(readFileSync(file, "utf8"));
const found = Object.entries(lock.packages)
  .filter(([path, entry]) => path !== "" && !entry.dev && !entry.link)
  .map(([path, { version, license }]) => {
    const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    return { name: `${name}@${version}`, licence: license ?? STATED[`${name}@${version}`] ?? installed(join(dirname(file), path)) };
  });
if (process.argv.includes("--list")) for (const { name, licence } of found) console.log(`${licence}\t${name}`);

function installed(folder) {
  const manifest = join(folder, "package.json");
  if (!existsSync(manifest)) return "none stated";
  const { license, licenses } = JSON.parse(readFileSync(manifest, "utf8"));
  return typeof license === "string" ? license : (licenses ?? [license]).map((one) => one?.type ?? "none stated").join(" OR ");
}

const refused = found.filter(({ licence }) => !allowed(licence));
for (const { name, licence } of refused) console.error(`${name}: its licence, ${licence}, is not one that this package may bring along`);
if (refused.length > 0) process.exit(1);
console.error(`licences: ${found.length} packages of the production tree are in order`);
