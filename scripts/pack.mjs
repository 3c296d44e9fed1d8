// Packs what `npm run build` made, unless dist/ is missing, stale or cannot start, or the package has grown over its limit.
// Usage: node scripts/pack.mjs [--pack-destination FOLDER]. stdout: the tarball's path, on one line.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const LIMIT_BYTES = 30e6;
const root = fileURLToPath(new URL("..", import.meta.url));

function fail(message) {
  console.error(`pack: ${message}`);
  process.exit(1);
}

/** Paths below `folder` without the ending that is asked for; declarations (`.d.ts`) are types alone, for which nothing is built. */
function modulesOf(folder, ending) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .filter((path) => path.endsWith(ending) && !path.endsWith(".d.ts"))
    .map((path) => path.slice(0, -ending.length));
}

function checkDist() {
  const [sources, built] = [modulesOf(join(root, "src"), ".ts"), modulesOf(join(root, "dist"), ".js")];
  const lacking = sources.find((name) => !built.includes(name));
  if (lacking !== undefined) fail(`dist/ lacks ${lacking}.js: run npm run build`);
  const left = built.find((name) => !sources.includes(name));
  if (left !== undefined) fail(`dist/ still has ${left}.js, whose source is gone: run npm run build`);
  const modified = (path) => statSync(join(root, path)).mtimeMs;
  const stale = sources.find((name) => modified(`dist/${name}.js`) < modified(`src/${name}.ts`));
  if (stale !== undefined) fail(`dist/ is older than src/${stale}.ts: run npm run build`);
  execFileSync(process.execPath, [join(root, "bin/mllm-shap.js"), "--version"], { stdio: ["ignore", "ignore", "inherit"] });
}

function npmPack(args) {
  const out = execFileSync("npm", ["pack", "--json", ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  const [packed] = Object.values(JSON.parse(out));
  if (typeof packed?.unpackedSize !== "number") fail(`npm pack answered ${out.slice(0, 200)}, which names no unpackedSize`);
  return packed;
}

const { values } = parseArgs({ options: { "pack-destination": { type: "string", default: "." } } });
const destination = resolve(values["pack-destination"]);
process.chdir(root);
checkDist();
const { unpackedSize } = npmPack(["--dry-run"]);
if (unpackedSize > LIMIT_BYTES) fail(`the package would unpack to ${unpackedSize} bytes, over the limit of ${LIMIT_BYTES}`);
console.log(join(destination, npmPack(["--pack-destination", destination]).filename));
