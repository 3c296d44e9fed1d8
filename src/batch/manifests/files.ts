import { isAbsolute, relative, resolve } from "node:path";
import { glob } from "tinyglobby";
import { SpecError } from "../../errors.js";
import { defineManifest, endsWith, type Line, SPEC_ENDINGS } from "./manifest.js";

const isPattern = (path: string): boolean => /[*?[\]{}]/.test(path);

/** One spec, as a shell's own pattern gives several of. */
export const spec = defineManifest({
  name: "spec",
  summary: "a .yaml or .json file: one spec; several may be named",
  recognises: (path, folder) => !folder && !isPattern(path) && endsWith(path, SPEC_ENDINGS),
  async *read(path) {
    yield lineOf(path);
  },
});

export const folder = defineManifest({
  name: "folder",
  summary: "a folder: every .yaml, .yml and .json file in it and below",
  recognises: (_, isFolder) => isFolder,
  read: (path, { cwd }) => readPattern("**/*.{yaml,yml,json}", path, path, cwd),
});

export const pattern = defineManifest({
  name: "pattern",
  summary: "a pattern in quotes, such as 'specs/**/*.yaml'",
  recognises: (path, isFolder) => !isFolder && isPattern(path) && endsWith(path, [...SPEC_ENDINGS, "*"]),
  read: (path, { cwd }) => readPattern(path, ".", path, cwd),
});

/** By code units of the path, whatever the system's order is. */
async function* readPattern(wanted: string, from: string, name: string, cwd: string): AsyncIterable<Line> {
  const files = await glob([wanted], { cwd: resolve(cwd, from), absolute: true, followSymbolicLinks: false, dot: false });
  if (files.length === 0) throw new SpecError(`${name}: no specs there (.yaml, .yml, .json)`);
  const shown = files.map((file) => {
    const way = relative(cwd, file);
    return way.startsWith("..") || isAbsolute(way) ? file : way;
  });
  for (const path of shown.sort()) yield lineOf(path);
}

function lineOf(path: string): Line {
  return { where: path, open: () => ({ id: path, source: { kind: "file", path } }) };
}
