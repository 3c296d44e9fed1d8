// Compiles bench/ with the sources that it measures, and runs one of the benches.
//   npm run bench [-- NAME [options]]      without a name: what there is
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, symlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const built = `${root}dist-bench`;

mkdirSync(built, { recursive: true });
execFileSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, "-p", `${root}bench/tsconfig.json`], { stdio: "inherit" });
// The compiled sources look for these beside themselves, as those of dist/ do.
cpSync(`${root}package.json`, `${built}/package.json`);
if (!existsSync(`${built}/fixtures`)) symlinkSync(`${root}fixtures`, `${built}/fixtures`, "junction");
const { status } = spawnSync(process.execPath, [`${built}/bench/main.js`, ...process.argv.slice(2)], { cwd: root, stdio: "inherit" });
process.exitCode = status ?? 1;
