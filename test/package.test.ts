import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "mllm-shap-package-"));
const npm = (args: readonly string[], cwd: string): string =>
  execFileSync("npm", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

interface Packed {
  readonly filename: string;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

describe("the npm package", () => {
  let packed: Packed;

  beforeAll(() => {
    expect(existsSync(join(root, "dist/cli/main.js")), "run `npm run build` first").toBe(true);
    packed = (JSON.parse(npm(["pack", "--json", "--pack-destination", folder], root)) as Packed[])[0] as Packed;
    writeFileSync(join(folder, "package.json"), '{"private": true}');
    npm(["install", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", `./${packed.filename}`], folder);
  }, 300_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("unpacks to less than 30 MB and holds no tests, no sources and no training scripts", () => {
    expect(packed.unpackedSize).toBeLessThan(30e6);
    expect(packed.files.map((file) => file.path).filter((path) => /^(test|src|scripts)\//.test(path))).toEqual([]);
  });

  it("explains a conversation from an empty folder", () => {
    writeFileSync(
      join(folder, "conv.yaml"),
      "model: {connector: transformers-text, repo: 'embedded:nano'}\nmessages: [{role: user, content: turn off the garden lamp}]\nexplain: {players: word}\n",
    );
    const out = execFileSync("npx", ["--no-install", "mllm-shap", "explain", "conv.yaml", "--format", "json", "--quiet"], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    const result = JSON.parse(out) as { response: { text: string }; players: { text: string; value: number }[] };
    expect(result.response.text).toBe("turning off the garden lamp");
    const ranked = [...result.players].sort((a, b) => b.value - a.value).map((player) => player.text);
    expect(ranked.slice(0, 3).sort()).toEqual(["garden", "lamp", "off"]);
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

  it("can be imported as a library, types included", () => {
    writeFileSync(
      join(folder, "use.mjs"),
      'import { VERSION, explain, requestOf } from "mllm-shap"; console.log(VERSION, typeof explain, typeof requestOf);',
    );
    expect(execFileSync(process.execPath, ["use.mjs"], { cwd: folder, encoding: "utf8" })).toMatch(/^\d+\.\d+\.\d+ function function\n$/);
    expect(existsSync(join(folder, "node_modules/mllm-shap/dist/index.d.ts"))).toBe(true);
  });
});
