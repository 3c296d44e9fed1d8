import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { discretion } from "../../src/cli/discretion.js";
import { requestOf } from "../../src/spec/load.js";
import { folderWith, LIGHT, run, spec } from "./run.js";

const MODEL = "model: {connector: transformers-text, repo: embedded:nano}";
const SECRETS = /zebra|quagga|okapi/i;

describe("what --redact leaves of a message", () => {
  test.each([
    ['the aligner is unsure of "zebra", "a \\"quagga\\""', 'the aligner is unsure of "…", "…"'],
    ['cut off: "zebra and', 'cut off: "…"'],
    [`${join(homedir(), "zoo.wav")}: damaged`, "~/zoo.wav: damaged"],
    ["nothing to hide", "nothing to hide"],
  ])("of %j is %j", (message, left) => {
    expect(discretion().apply(message)).toBe(left);
  });

  test("words of the conversation go, quoted or not", async () => {
    const shown = discretion();
    const messages = [{ role: "user", content: "Zebra crossing" }];
    shown.learn(await requestOf({ model: { connector: "transformers-text", repo: "embedded:nano" }, messages } as never, homedir()));
    expect(shown.apply("left whole: zebra (3 players), crossings")).toBe("left whole: … (3 players), crossings");
  });
});

describe("--redact: neither stream holds a text", () => {
  test.each<[string, string, readonly string[]]>([
    ["a result", spec("zebra quagga okapi", "{players: word, sampler: exact}"), []],
    ["as text", spec("zebra quagga okapi", "{players: word, sampler: exact}"), ["--format", "text"]],
    ["as CSV", spec("zebra quagga okapi", "{players: word, sampler: exact}"), ["--format", "csv"]],
    [
      "unions that were left whole",
      spec("zebra quagga. okapi turn on. the light", "{players: word, sampler: owen, top: 1, budget: 64}"),
      [],
    ],
    ["a group that is nowhere", spec("turn on", "{groups: [{name: zebra, phrase: quagga}]}"), []],
    ["a reference", spec("turn on", '{payoff: {kind: wer, reference: "zebra quagga"}}'), []],
    ["a reference without words", spec("turn on", '{payoff: {kind: wer, reference: "(zebra"}, target: okapi}'), []],
    ["a key that is misspelt", `${LIGHT}zebra: quagga\n`, []],
    ["a value of another kind", `${MODEL}\nmessages: [{role: zebra, content: quagga}]\n`, []],
    ["text that is no YAML", `${MODEL}\nmessages: [{role: user, content: zebra: quagga]\n`, []],
    ["an alias", `${MODEL}\nmessages: *zebra\n`, []],
    ["a budget that is too small", spec("zebra quagga okapi", "{players: word, sampler: permutation, budget: 2}"), []],
    ["an answer", `${MODEL}\nmessages: [{role: user, content: zebra}, {role: assistant, content: " quagga "}]\n`, ["-v"]],
    ["with --debug", spec("turn on", "{groups: [{name: zebra, phrase: quagga}]}"), ["--debug"]],
  ])("%s", async (_, content, flags) => {
    const folder = folderWith({ "conv.yaml": content });
    const { code, stdout, stderr } = await run(["explain", "conv.yaml", "--redact", ...flags], { cwd: folder });
    expect([0, 1, 2]).toContain(code);
    expect(stdout + stderr).not.toBe("");
    expect(stdout).not.toMatch(SECRETS);
    expect(stderr).not.toMatch(SECRETS);
  });
});

describe("paths in results", () => {
  const written = async (args: readonly string[], cwd: string) =>
    JSON.parse((await run(["explain", ...args, "-q"], { cwd })).stdout) as Written;
  interface Written {
    readonly spec: { readonly path: string };
  }

  test("are those below the folder one is in, or names; absolute ones only where they are asked for", async () => {
    const [folder, other] = [folderWith({ "conv.yaml": LIGHT }), folderWith({})];
    const path = join(folder, "conv.yaml");
    expect((await written([path], folder)).spec.path).toBe("conv.yaml");
    expect((await written(["./conv.yaml"], folder)).spec.path).toBe("./conv.yaml");
    expect((await written([path], other)).spec.path).toBe("conv.yaml");
    expect((await written([path, "--full-paths"], other)).spec.path).toBe(path);
    expect(JSON.stringify(await written([path], other))).not.toContain(folder);
  });
});
