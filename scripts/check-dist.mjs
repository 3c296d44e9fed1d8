// Refuses to pack a dist/ that is missing, stale or cannot start, and a package that has grown over its limit.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const LIMIT_BYTES = 30e6;
const root = fileURLToPath(new URL("..", import.meta.url));

function fail(message) {
  console.error(`check-dist: ${message}`);
  process.exit(1);
}

for (const source of readdirSync(`${root}/src`, { recursive: true })) {
  if (!source.endsWith(".ts")) continue;
  const built = `${root}/dist/${source.replace(/\.ts$/, ".js")}`;
  if (!existsSync(built)) fail(`dist/ lacks ${source}: run npm run build`);
  if (statSync(built).mtimeMs < statSync(`${root}/src/${source}`).mtimeMs) fail(`dist/ is older than src/${source}: run npm run build`);
}
execFileSync(process.execPath, [`${root}/bin/mllm-shap.js`, "--version"], { stdio: ["ignore", "ignore", "inherit"] });
const [{ unpackedSize }] = JSON.parse(execFileSync("npm", ["pack", "--dry-run", "--json"], { cwd: root, encoding: "utf8" }));
if (unpackedSize > LIMIT_BYTES) fail(`the package would unpack to ${unpackedSize} bytes, over the limit of ${LIMIT_BYTES}`);
