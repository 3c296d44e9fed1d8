import { mkdirSync, mkdtempSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../src/spec/limits.js";
import { loadSpec } from "../../src/spec/load.js";
import { load, newFolder, refusal, VALID } from "./helpers.js";

const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]\n${[..."bcdefghi"].map((c, i) => `${c}: &${c} [${Array(10).fill(`*${"abcdefgh"[i]}`)}]`).join("\n")}`;
const audio = (path: string) => VALID.replace("content: hi", `content: [{type: audio, path: ${JSON.stringify(path)}}]`);
const repo = (value: string) => VALID.replace("embedded:nano", JSON.stringify(value));

describe("hostile text", () => {
  test.each([
    ["alias bomb", bomb, /^conv\.yaml:2:8: the aliases \(\*…\) from here on stand for too much$/],
    ["deep lists", "[".repeat(500_000), /^conv\.yaml:1:33: is nested deeper than 32 levels$/],
    ["closed deep lists", "[".repeat(5_000) + "]".repeat(5_000), /nested deeper than 32 levels$/],
    ["deep dashes", `${"- ".repeat(200_000)}a`, /nested deeper than 32 levels$/],
    ["deep question marks", `${"? ".repeat(20_000)}a`, /nested deeper than 32 levels$/],
    ["deep indentation", Array.from({ length: 900 }, (_, i) => `${" ".repeat(i)}a:`).join("\n"), /^conv\.yaml:33:33: is nested deeper/],
    ["a million commas", `[${",".repeat(1_000_000)}]`, /^conv\.yaml:1:200001: holds more than 200000 words and marks of YAML$/],
    ["thirty thousand keys", Array.from({ length: 30_000 }, (_, i) => `k${i}: 1`).join("\n"), /unknown key "k0"/],
    ["thirty thousand aliases", `- &a x\n${"- *a\n".repeat(30_000)}`, /the aliases \(\*…\) from here on stand for too much$/],
    ["a list that holds itself", "a: &a [*a]", /unknown key "a"/],
    ["UTF-16", new Uint8Array([0xff, 0xfe, 0x61, 0]), /^conv\.yaml: is encoded as UTF-16; save it as UTF-8$/],
    ["invalid UTF-8", new Uint8Array([0x61, 0x3a, 0x20, 0xff]), /^conv\.yaml: is not valid UTF-8; save it as UTF-8$/],
    ["binary", new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0]), /^conv\.yaml: is not a text file/],
    ["too long a text", VALID.replace("hi", "x".repeat(LIMITS.textLength + 1)), /content is longer than 200000 characters$/],
    ["too many messages", VALID + "  - {role: user, content: hi}\n".repeat(LIMITS.messages), /messages must be at most 1000 items long$/],
  ])("%s", async (_, text, message) => {
    expect(await refusal(text)).toMatch(message);
  });

  test("a file over the limit is refused by its size, without reading it", async () => {
    const cwd = newFolder();
    writeFileSync(join(cwd, "big.yaml"), "");
    truncateSync(join(cwd, "big.yaml"), 100 * 1024 * 1024);
    await expect(loadSpec("big.yaml", { cwd })).rejects.toThrow("big.yaml: is larger than 1 MiB, the limit for specs");
  });

  test("an endless stdin is refused", async () => {
    const endless = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(65_536, 0x20);
      })(),
    );
    await expect(loadSpec("-", { cwd: newFolder(), stdin: endless })).rejects.toThrow("stdin: is larger than 1 MiB");
  });

  test("a missing file and a folder are named as such", async () => {
    const cwd = newFolder();
    await expect(loadSpec("none.yaml", { cwd })).rejects.toThrow(/^none\.yaml: no such file$/);
    await expect(loadSpec(".", { cwd })).rejects.toThrow(/^\.: is a folder; a spec is a YAML or JSON file$/);
  });
});

describe("paths stay in the spec's folder", () => {
  test.each([
    ["audio above", audio("../a.wav"), /^conv\.yaml:3:48: "\.\.\/a\.wav": lies outside the spec's folder; --allow-outside permits that$/],
    ["absolute audio", audio("/etc/passwd"), /lies outside the spec's folder/],
    ["missing audio", audio("a.wav"), /"a\.wav": no such file or folder$/],
    ["a folder as audio", audio("."), /is a folder, not a file$/],
    ["an address as audio", audio("https://example.org/a.wav"), /is an address, and nothing in a spec is fetched/],
    ["a data address", audio("data:audio/wav;base64,AAAA"), /is an address/],
    ["NUL in a path", audio("a\0b"), /contains a NUL character$/],
    ["model above", repo("../model"), /lies outside the spec's folder/],
    ["missing model folder", repo("./model"), /^conv\.yaml:1:45: "\.\/model": no such file or folder$/],
    ["a file as model", repo("conv.yaml"), /is not a folder$/],
    [
      "encoder above",
      `${VALID}explain: {payoff: {kind: embedding, source: ../encoder}}`,
      /^conv\.yaml:4:45: "\.\.\/encoder": lies outside/,
    ],
    ["no model name", repo("nope"), /is neither embedded:NAME, nor a folder beside the spec, nor a hub id such as owner\/name$/],
    ["an address as model", repo("https://example.org/a/b"), /is an address/],
  ])("%s", async (_, text, message) => {
    expect(await refusal(text)).toMatch(message);
  });

  test("symbolic links do not lead out, for audio and for models", async () => {
    const outside = mkdtempSync(join(tmpdir(), "outside-"));
    writeFileSync(join(outside, "a.wav"), "x");
    const cwd = newFolder();
    symlinkSync(join(outside, "a.wav"), join(cwd, "a.wav"));
    symlinkSync(outside, join(cwd, "model"));
    expect(await refusal(audio("a.wav"), [], cwd)).toMatch(/"a\.wav": lies outside the spec's folder/);
    expect(await refusal(repo("./model"), [], cwd)).toMatch(/"\.\/model": lies outside the spec's folder/);
    expect(await refusal(repo("model"), [], cwd)).toMatch(/"model": lies outside the spec's folder/);
  });

  test("--allow-outside permits them, and so does typing the path oneself", async () => {
    const outside = newFolder();
    writeFileSync(join(outside, "a.wav"), "x");
    const cwd = newFolder();
    writeFileSync(join(cwd, "conv.yaml"), audio(join(outside, "a.wav")));
    const policy = { allowOutside: true, allowDownload: false, offline: false, payoffCommand: null };
    const { paths, spec } = await loadSpec("conv.yaml", { cwd, policy });
    expect([...paths.audio.values()]).toEqual([join(outside, "a.wav")]);
    expect(spec.messages?.[0]?.content[0]).toMatchObject({ type: "audio", path: join(outside, "a.wav") });
    expect((await load(VALID, [`model.repo=${outside}`], cwd)).paths.repo.name).toBe(outside);
  });

  test("a folder beside the spec wins over a hub id of the same name", async () => {
    const cwd = newFolder();
    expect((await load(repo("owner/name"), [], cwd)).paths.repo.name).toBe("owner/name");
    mkdirSync(join(cwd, "owner/name"), { recursive: true });
    expect((await load(repo("owner/name"), [], cwd)).paths.repo.name).toBe(join(cwd, "owner/name"));
  });
});
