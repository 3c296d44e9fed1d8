// Compiles src/ into a fresh dist/. npm runs no lifecycle scripts here (.npmrc: ignore-scripts), so every build is asked for by name.
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
rmSync(new URL("../dist", import.meta.url), { recursive: true, force: true });
execFileSync(
  process.execPath,
  [fileURLToPath(new URL("../node_modules/typescript/bin/tsc", import.meta.url)), "-p", "tsconfig.build.json"],
  { cwd: root, stdio: "inherit" },
);
