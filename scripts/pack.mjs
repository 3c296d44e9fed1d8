// Packs what `npm run build` made, with the versions of everything that an install brings along (npm-shrinkwrap.json), unless dist/ is missing, stale or cannot start, or the package has grown over its limit.
// Usage: node scripts/pack.mjs [--pack-destination FOLDER]. stdout: the tarball's path, on one line.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { productionPart } from "./shrinkwrap.mjs";

const LIMIT_BYTES = 30e6;
const root = fileURLToPath(new URL("..", import.meta.url));
/** Modules that only the command line has, which is in dist/program. */
const PROGRAM = join(root, "dist/cli");

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
  const own = join(root, "src");
  const sources = [...modulesOf(own, ".ts"), ...modulesOf(own, ".js")];
  const built = modulesOf(join(root, "dist"), ".js").filter((name) => !name.startsWith("program/"));
  const lacking = sources.find((name) => !built.includes(name));
  if (lacking !== undefined) fail(`dist/ lacks ${lacking}.js: run npm run build`);
  const left = built.find((name) => !sources.includes(name));
  if (left !== undefined) fail(`dist/ still has ${left}.js, whose source is gone: run npm run build`);
  for (const path of ["man/mllm-shap.1", "schema/spec.schema.json", "schema/result.schema.json"])
    if (!existsSync(join(root, path))) fail(`there is no ${path}: run npm run build`);
  const modified = (path) => statSync(join(root, path)).mtimeMs;
  const sourceOf = (name) => (existsSync(join(own, `${name}.ts`)) ? `src/${name}.ts` : `src/${name}.js`);
  const stale = sources.find((name) => modified(`dist/${name}.js`) < modified(sourceOf(name)));
  if (stale !== undefined) fail(`dist/ is older than ${sourceOf(stale)}: run npm run build`);
  const unbundled = sources.find((name) => modified("dist/program/main.js") < modified(`dist/${name}.js`));
  if (unbundled !== undefined) fail(`dist/program is older than dist/${unbundled}.js: run npm run build`);
  execFileSync(process.execPath, [join(root, "bin/mllm-shap.js"), "--version"], { stdio: ["ignore", "ignore", "inherit"] });
}

function npmPack(args) {
  const out = execFileSync("npm", ["pack", "--json", ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  const [packed] = Object.values(JSON.parse(out));
  if (typeof packed?.unpackedSize !== "number") fail(`npm pack answered ${out.slice(0, 200)}, which names no unpackedSize`);
  return packed;
}

/** What the package is made of, apart from the repository, whose own lock file lists development tools too. */
function stage(folder) {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  for (const path of manifest.files) cpSync(join(root, path), join(folder, path), { recursive: true, filter: (from) => from !== PROGRAM });
  const { devDependencies, scripts, ...shipped } = manifest;
  const write = (name, content) => writeFileSync(join(folder, name), `${JSON.stringify(content, null, 2)}\n`);
  write("package.json", { ...shipped, files: [...manifest.files, "npm-shrinkwrap.json"] });
  write("npm-shrinkwrap.json", productionPart(lock));
}

const { values } = parseArgs({ options: { "pack-destination": { type: "string", default: "." } } });
const destination = resolve(values["pack-destination"]);
const staged = mkdtempSync(join(tmpdir(), "mllm-shap-pack-"));
try {
  checkDist();
  stage(staged);
  process.chdir(staged);
  const { unpackedSize } = npmPack(["--dry-run"]);
  if (unpackedSize > LIMIT_BYTES) fail(`the package would unpack to ${unpackedSize} bytes, over the limit of ${LIMIT_BYTES}`);
  console.log(join(destination, npmPack(["--pack-destination", destination]).filename));
} finally {
  process.chdir(root);
  rmSync(staged, { recursive: true });
}
