// Makes of the command line's modules in dist/ a few files, dist/program/: a process that reads hundreds of small ones starts later.
// Packages stay packages, and the library's own modules stay as they are.
import { readFile } from "node:fs/promises";
import { basename, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** What processes and threads begin with. */
const ENTRIES = ["cli/main.js", "cli/batch/worker_process.js", "cli/batch/evaluate_process.js", "onnx/host.js"];

/** Modules that look for files do so from where they were, and for each other's processes among the few files. */
function placed(source, path, dist) {
  const parts = source.split("import.meta.url");
  return parts.reduce((before, after) => {
    const [, entry] = /new URL\("\.\/([\w]+\.js)", $/.exec(before) ?? [];
    const here = ENTRIES.some((one) => basename(one) === entry);
    return `${before}${here ? "import.meta.url" : `new URL(${JSON.stringify(`../${relative(dist, path)}`)}, import.meta.url).href`}${after}`;
  });
}

/** @param dist where the modules are. */
export async function bundle(dist = fileURLToPath(new URL("../dist", import.meta.url))) {
  await build({
    entryPoints: ENTRIES.map((entry) => ({ in: `${dist}/${entry}`, out: basename(entry, ".js") })),
    outdir: `${dist}/program`,
    bundle: true,
    splitting: true,
    packages: "external",
    format: "esm",
    platform: "node",
    target: "node20",
    charset: "utf8",
    // Names stay, for stacks.
    minifyWhitespace: true,
    chunkNames: "[hash]",
    plugins: [
      {
        name: "places",
        setup: ({ onLoad }) => {
          onLoad({ filter: /\.js$/ }, async ({ path }) => ({ contents: placed(await readFile(path, "utf8"), path, dist), loader: "js" }));
        },
      },
    ],
  });
}
