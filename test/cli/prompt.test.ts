import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Result } from "../../src/results/result_schema.js";
import { nanoFolder } from "../support/nano_folder.js";
import { CONFIGS, folderWith, run } from "./run.js";

const MODEL = "model: {connector: transformers-text, repo: embedded:nano}\n";
const PLAYERS = "explain: {players: word}\n";
const CHAT = `${MODEL}messages: [{role: user, content: turn on the light}]\n${PLAYERS}`;

describe("prompts and templates on the command line", () => {
  test("a prompt is explained as text, CSV and JSON; the example says what it explains", async () => {
    const args = ["explain", join(CONFIGS, "prompt.yaml"), "-q"];
    const [text, csv] = [await run([...args, "--format", "text"]), await run([...args, "--format", "csv"])];
    expect(text).toMatchObject({ code: 0, stderr: "" });
    expect(text.stdout).toMatch(/^given {6}␣turning on the kitchen light$/m);
    expect(text.stdout).toMatch(/^user {7}could/m);
    expect(csv.stdout.split("\n").filter((line) => /^[^,]*prompt\.yaml,0,1,0,\d+,\d+,0,0,/.test(line)).length).toBe(8);
  });

  test("prompt and answer come by --set, notes go to stderr and into the result", async () => {
    const cwd = folderWith({ "base.yaml": MODEL + PLAYERS });
    const args = ["explain", "base.yaml", "--set", "prompt=turn on the light", "--set", "answer=turning on"];
    const { code, stdout, stderr } = await run(args, { cwd });
    const { warnings, response } = JSON.parse(stdout) as Result;
    const note = 'the answer follows the prompt without a blank, as in "lightturning": begin it with one if that is not meant';
    expect({ code, warnings, text: response.text }).toEqual({ code: 0, warnings: [note], text: "turning on" });
    expect(stderr).toContain(note);
  });

  test("a model without a template is refused in one line, before it is asked", async () => {
    const cwd = folderWith({ "conv.yaml": CHAT });
    const { code, stdout, stderr } = await run(["explain", "conv.yaml", "--repo", nanoFolder()], { cwd });
    expect({ code, stdout, lines: stderr.trim().split("\n").length }).toEqual({ code: 1, stdout: "", lines: 1 });
    expect(stderr).toMatch(/has no chat template.*model\.template.*"prompt" in place of "messages"/);
  });

  test("--template starts from where it is typed, --template-kwargs takes a mapping", async () => {
    const cwd = folderWith({ "conv.yaml": CHAT });
    const elsewhere = folderWith({});
    writeFileSync(join(elsewhere, "mine.jinja"), "{{ mood }}: {% for message in messages %}{{ message.content }}{% endfor %}");
    const args = ["explain", join(cwd, "conv.yaml"), "-q", "--template", "mine.jinja", "--template-kwargs", "{mood: calm}"];
    const { code, stdout } = await run(args, { cwd: elsewhere });
    expect(code).toBe(0);
    const { conversation } = JSON.parse(stdout) as Result;
    expect(
      conversation
        .flat()
        .filter(({ answer }) => answer !== true)
        .flatMap(({ content }) => content)
        .join(""),
    ).toBe("<|startoftext|>calm: turn on the light");
  });

  test("help names the keys", async () => {
    const { stdout } = await run(["explain", "--help"]);
    expect(stdout).toMatch(/--template <text>/);
    expect(stdout).toMatch(/--set prompt="The capital of France is" --set answer=" Paris"/);
  });
});
