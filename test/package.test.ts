import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMMANDS } from "../src/cli/commands.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "mllm-shap-package-"));
const installed = join(folder, "node_modules/mllm-shap");
const INSTALL = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];

function output(program: string, args: readonly string[], cwd = folder): string {
  return execFileSync(program, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** The tarball that `npm run pack` made (.ci/run names it), else one made by the same script from the dist/ at hand. */
function tarball(): string {
  const given = process.env.MLLM_SHAP_PACKED;
  if (given !== undefined) return given;
  return output(process.execPath, [join(root, "scripts/pack.mjs"), "--pack-destination", folder]).trim();
}

interface Explained {
  readonly response: { readonly text: string };
  readonly players: readonly { readonly text: string; readonly value: number }[];
}

function expectDeciding(json: string, words: readonly string[]): void {
  const { players } = JSON.parse(json) as Explained;
  const ranked = [...players].sort((a, b) => b.value - a.value).map((player) => player.text);
  expect(ranked.slice(0, words.length).sort()).toEqual(words);
}

describe("the npm package", () => {
  let packed: string;

  beforeAll(() => {
    expect(existsSync(join(root, "dist/program/main.js")), "run `npm run build` first").toBe(true);
    packed = tarball();
    writeFileSync(join(folder, "package.json"), '{"private": true, "type": "module"}');
    output("npm", ["install", ...INSTALL, packed]);
  }, 300_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }), 60_000);

  it("unpacks to less than 30 MB and holds no tests, no sources and no training scripts", () => {
    const files = readdirSync(installed, { recursive: true, encoding: "utf8" });
    const sizes = files.map((file) => statSync(join(installed, file))).map((stat) => (stat.isFile() ? stat.size : 0));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(30e6);
    expect(files.filter((file) => /^(test|src|scripts|bench)\b/.test(file))).toEqual([]);
  });

  it("brings along a man page of every command, and schemas that are those of this version", () => {
    const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as { readonly man: string };
    const page = readFileSync(join(installed, manifest.man), "utf8");
    for (const { name } of COMMANDS) expect(page).toContain(`mllm\\-shap ${name} [options]`);
    for (const [file, args] of [
      ["spec", []],
      ["result", ["--result"]],
    ] as const) {
      const printed = output(process.execPath, [join(installed, "bin/mllm-shap.js"), "schema", ...args]);
      expect(readFileSync(join(installed, `schema/${file}.schema.json`), "utf8")).toBe(printed);
    }
  });

  it("pins what an install brings along to the versions and checksums of the lock file", () => {
    type Lock = { readonly packages: Readonly<Record<string, { readonly version: string; readonly dev?: true }>> };
    const [lock, pinned] = [join(root, "package-lock.json"), join(installed, "npm-shrinkwrap.json")].map(
      (path) => (JSON.parse(readFileSync(path, "utf8")) as Lock).packages,
    ) as [Lock["packages"], Lock["packages"]];
    const names = Object.keys(lock).filter((path) => path !== "" && lock[path]?.dev !== true);
    expect(Object.keys(pinned).slice(1)).toEqual(names);
    expect(names).toContain("node_modules/zod");
    for (const name of names) expect(pinned[name]).toEqual(lock[name]);
  });

  it("has a shrinkwrap that npm accepts: an unpacked copy takes these versions and no others", () => {
    const unpacked = join(folder, "unpacked");
    mkdirSync(unpacked);
    output("tar", ["xzf", packed, "-C", unpacked, "--strip-components=1", "package/package.json", "package/npm-shrinkwrap.json"]);
    const planned = output("npm", ["ci", "--dry-run", ...INSTALL], unpacked);
    const { zod } = (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { dependencies: { zod: string } }).dependencies;
    expect(planned).toContain(`add zod ${zod}\n`);
    const manifest = JSON.parse(readFileSync(join(unpacked, "package.json"), "utf8")) as { dependencies: Record<string, string> };
    manifest.dependencies.zod = "1.0.0";
    writeFileSync(join(unpacked, "package.json"), JSON.stringify(manifest));
    expect(spawnSync("npm", ["ci", "--dry-run", ...INSTALL], { cwd: unpacked }).status).not.toBe(0);
  }, 120_000);

  it("explains a conversation from an empty folder", () => {
    writeFileSync(
      join(folder, "conv.yaml"),
      "model: {connector: transformers-text, repo: 'embedded:nano'}\nmessages: [{role: user, content: turn off the garden lamp}]\nexplain: {players: word}\n",
    );
    const out = output("npx", ["--no-install", "mllm-shap", "explain", "conv.yaml", "--format", "json", "--quiet"]);
    expect((JSON.parse(out) as Explained).response.text).toBe("turning off the garden lamp");
    expectDeciding(out, ["garden", "lamp", "off"]);
  }, 60_000);

  it("brings no decoder under the GPL along, and says what reads AAC instead", () => {
    expect(existsSync(join(folder, "node_modules/@audio/decode-aac"))).toBe(false);
    const align = (file: string): { readonly status: number | null; readonly stdout: string; readonly stderr: string } =>
      spawnSync("npx", ["--no-install", "mllm-shap", "align", join(root, "fixtures/audio", file), "--transcript", "turn on the light"], {
        cwd: folder,
        encoding: "utf8",
        env: { ...process.env, FFMPEG_PATH: "/nowhere/ffmpeg" },
      });
    const aac = align("speech.m4a");
    expect(aac).toMatchObject({ status: 1, stdout: "" });
    expect(aac.stderr).toMatch(
      /install ffmpeg \(or set FFMPEG_PATH\), or add the GPL-2\.0 decoder with "npm install @audio\/decode-aac@\d/,
    );
    expect(align("speech.webm")).toMatchObject({ status: 0, stderr: "" });
  }, 60_000);

  it("installed globally, tells its version and explains the demos that come with it, without what docs/install.md takes away too", () => {
    const prefix = join(folder, "global");
    output("npm", ["install", "--global", "--prefix", prefix, ...INSTALL, packed]);
    const program = process.platform === "win32" ? join(prefix, "mllm-shap.cmd") : join(prefix, "bin/mllm-shap");
    expect(output(program, ["--version"])).toMatch(/^\d+\.\d+\.\d+\n$/);
    for (const demo of ["demo.yaml", "demo-audio-words.yaml"]) {
      const out = output(program, ["explain", join(installed, "configs", demo), "--format", "json", "--quiet"]);
      expect((JSON.parse(out) as Explained).response.text).toBe("turning on the kitchen light");
      expectDeciding(out, ["kitchen", "light", "on"]);
    }
    const explained = () =>
      output(program, [
        "explain",
        join(installed, "configs/demo-audio-words.yaml"),
        "--format",
        "json",
        "--quiet",
        "--no-run",
        "--no-cache",
      ]);
    const whole = explained();
    const [, lines = ""] = /^```sh\n([\s\S]*?)^```$/m.exec(readFileSync(join(installed, "docs/install.md"), "utf8")) ?? [];
    if (process.platform === "win32") return;
    execFileSync("sh", ["-euc", lines], { env: { ...process.env, npm_config_prefix: prefix }, stdio: "pipe" });
    const runtimes = readdirSync(join(prefix, "lib/node_modules/mllm-shap/node_modules")).filter((name) => name.startsWith("onnxruntime"));
    expect(runtimes).toEqual(["onnxruntime-common", "onnxruntime-node"]);
    expect(explained()).toBe(whole);
  }, 300_000);

  it("can be imported as a library, types included", () => {
    writeFileSync(
      join(folder, "use.ts"),
      'import { type Result, VERSION, explain, requestOf } from "mllm-shap";\n' +
        'import { BaseMllmChat, ExplainerCache, type ModelResponse } from "mllm-shap/compat";\n' +
        "export const compat: readonly (typeof BaseMllmChat | typeof ExplainerCache)[] = [BaseMllmChat, ExplainerCache];\n" +
        "export type Answer = ModelResponse;\n" +
        "const named: (result: Result) => string = (result) => result.response.text;\n" +
        "export const parts: readonly [string, typeof explain, typeof requestOf, typeof named] = [VERSION, explain, requestOf, named];\n",
    );
    // Library checks stay on: a declaration that reaches for types which are not in the package is an error.
    const compiler = join(root, "node_modules/typescript/bin/tsc");
    const types = ["--types", "node", "--typeRoots", join(root, "node_modules/@types")];
    output(process.execPath, [compiler, "--strict", "--module", "nodenext", "--target", "es2022", ...types, "use.ts"]);
    writeFileSync(
      join(folder, "show.mjs"),
      'import { compat, parts } from "./use.js"; console.log(parts[0], ...parts.map((part) => typeof part), ...compat.map(({ name }) => name));',
    );
    expect(output(process.execPath, ["show.mjs"])).toMatch(
      /^\d+\.\d+\.\d+ string function function function BaseMllmChat ExplainerCache\n$/,
    );
  }, 60_000);
});
