// Compiles src/ into a fresh dist/. npm runs no lifecycle scripts here (.npmrc: ignore-scripts), so every build is asked for by name.
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { bundle } from "./bundle.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
rmSync(new URL("../dist", import.meta.url), { recursive: true, force: true });

function tsc(...args) {
  const compiler = fileURLToPath(new URL("../node_modules/typescript/bin/tsc", import.meta.url));
  execFileSync(process.execPath, [compiler, ...args], { cwd: root, stdio: "inherit" });
}

tsc("-p", "tsconfig.build.json");
// What runs in the reader's browser: checked against a browser's types, and its entry made one file, which pages carry as it is.
const client = "views/html/client";
tsc("-p", "tsconfig.client.json", "--noEmit", "false", "--rootDir", "src", "--outDir", "dist");
buildSync({
  absWorkingDir: root,
  entryPoints: [`src/${client}/main.ts`],
  outfile: `dist/${client}/main.js`,
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "ascii",
  allowOverwrite: true,
});
await bundle();
// What the package holds besides, made of the same registries as --help.
await import("./schemas.mjs");
await import("./man.mjs");
