// Cuts a release of the repository that it is run in: version, CHANGELOG, commit and annotated tag. Pushes nothing.
//   npm run release -- X.Y.Z [--date YYYY-MM-DD] [--qa-is-green]
// Runs `npm run qa` first, unless told that it has just been green for this commit. Exit codes: 1 refused, 2 wrong usage; nothing is changed then.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

const USAGE = "usage: npm run release -- X.Y.Z [--date YYYY-MM-DD] [--qa-is-green]";
const VERSION = /^(\d+)\.(\d+)\.(\d+)$/;
const HEADING = /^## \[([^\]]+)\].*$/gm;

class Refused extends Error {}

try {
  release(asked());
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode ??= 1;
}

function asked() {
  try {
    const options = { date: { type: "string" }, "qa-is-green": { type: "boolean", default: false } };
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const date = values.date ?? new Date().toISOString().slice(0, 10);
    if (positionals.length !== 1 || !VERSION.test(positionals[0])) throw new Error("one version is needed, such as 1.2.3");
    if (!isDate(date)) throw new Error(`${date} is no date: it is written 2026-01-31`);
    return { version: positionals[0], date, green: values["qa-is-green"] };
  } catch (error) {
    process.exitCode = 2;
    throw new Refused(`${error.message}\n${USAGE}`);
  }
}

function isDate(text) {
  const time = Date.parse(`${text}T00:00:00Z`);
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function release({ version, date, green }) {
  const tag = `v${version}`;
  const root = git("rev-parse", "--show-toplevel").trim();
  if (git("status", "--porcelain") !== "") throw new Refused("there are changes that are not committed");
  if (git("tag", "--list", tag) !== "") throw new Refused(`there is a tag ${tag} already`);
  const manifest = join(root, "package.json");
  const lock = join(root, "package-lock.json");
  const log = join(root, "CHANGELOG.md");
  const last = JSON.parse(readFileSync(manifest, "utf8")).version;
  if (!isAfter(version, last) && (version !== last || git("tag", "--list", `v${last}`) !== ""))
    throw new Refused(`${version} does not come after ${last}`);
  const { text, notes } = released(readFileSync(log, "utf8"), version, date);
  if (!green && spawnSync("npm", ["run", "qa"], { cwd: root, stdio: "inherit" }).status !== 0) throw new Refused("npm run qa is not green");

  writeFileSync(log, text);
  edit(manifest, (content) => ({ ...content, version }));
  edit(lock, (content) => ({ ...content, version, packages: { ...content.packages, "": { ...content.packages[""], version } } }));
  const citation = join(root, "CITATION.cff");
  if (existsSync(citation)) cite(citation, version, date);
  git("add", log, manifest, lock, ...(existsSync(citation) ? [citation] : []));
  git("commit", "--quiet", "-m", `Release ${version}`);
  git("tag", "--annotate", tag, "--cleanup=verbatim", "-m", `${version}\n\n${notes}\n`);
  console.log(`${tag} stands on ${git("rev-parse", "--short", "HEAD").trim()}; nothing is pushed`);
}

function cite(file, version, date) {
  const text = readFileSync(file, "utf8").replace(/^version: .*$/m, `version: ${version}`);
  writeFileSync(file, text.replace(/^date-released: .*$/m, `date-released: "${date}"`));
}

function isAfter(version, last) {
  const [a, b] = [version, last].map((text) => VERSION.exec(text)?.slice(1).map(Number) ?? [0, 0, 0]);
  const at = a.findIndex((number, i) => number !== b[i]);
  return at >= 0 && a[at] > b[at];
}

/**
 * What stands under "Unreleased" becomes the version's section; one that was begun for this version takes it in, group by group.
 * @returns the new CHANGELOG, and the section's text
 */
function released(text, version, date) {
  const sections = sectionsOf(text);
  const open = sections.find(({ name }) => name === "Unreleased");
  if (open === undefined) throw new Refused('CHANGELOG.md has no section "## [Unreleased]"');
  const begun = sections.find(({ name }) => name === version);
  const notes = [...joined(groupsOf(begun?.body ?? ""), groupsOf(open.body))]
    .map(([group, lines]) => `${group}${lines}`.trim())
    .join("\n\n");
  if (notes === "") throw new Refused("CHANGELOG.md says nothing of this release");
  const rest = sections
    .filter((section) => section !== open && section !== begun)
    .map(({ heading, body }) => `${heading}\n\n${body.trim()}\n`);
  const head = text.slice(0, text.indexOf("## [")).trimEnd();
  return { text: [head, "", "## [Unreleased]", "", `## [${version}] - ${date}`, "", notes, "", ...rest].join("\n"), notes };
}

function sectionsOf(text) {
  const found = [...text.matchAll(HEADING)];
  return found.map((match, i) => ({
    name: match[1],
    heading: match[0],
    body: text.slice(match.index + match[0].length, found[i + 1]?.index ?? text.length),
  }));
}

/** "### Added" and its like with what stands under each, in order; what stands before the first has the heading "". */
function groupsOf(body) {
  const parts = body.split(/^(### .*\n)/m);
  const groups = new Map([["", parts[0].trim()]]);
  for (let i = 1; i < parts.length; i += 2) groups.set(`${parts[i].trim()}\n\n`, parts[i + 1].trim());
  return groups;
}

function joined(a, b) {
  const all = new Map(a);
  for (const [group, lines] of b) all.set(group, [all.get(group), lines].filter(Boolean).join("\n"));
  return [...all].filter(([, lines]) => lines !== "");
}

function edit(file, change) {
  writeFileSync(file, `${JSON.stringify(change(JSON.parse(readFileSync(file, "utf8"))), null, 2)}\n`);
}

function git(...args) {
  return execFileSync("git", args, { encoding: "utf8" });
}
