import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { CheckRow } from "../../src/connectors/check_row.js";
import type { Result } from "../../src/results/result_schema.js";
import { CONFIGS, folderWith, run, spec } from "./run.js";

const WAV = join(CONFIGS, "audio", "kitchen-light.wav");
const WORDS = "could you please turn on the kitchen light";

test("the body of a request with sound in it is heard as the file is, by every command", async () => {
  const sound = readFileSync(WAV);
  const parts = (part: object) => JSON.stringify({ model: "gpt-4o-audio", messages: [{ role: "user", content: [part] }] });
  const cwd = folderWith({
    "body.json": parts({ type: "input_audio", input_audio: { data: sound.toString("base64"), format: "wav" }, transcript: WORDS }),
    "file.json": parts({ type: "audio", path: "clip.wav", transcript: WORDS }),
    "clip.wav": sound,
    "text.json": parts({ type: "input_audio", input_audio: { data: Buffer.from("no sound").toString("base64"), format: "wav" } }),
  });
  const explain = async (file: string) => {
    const { code, stdout, stderr } = await run(
      ["explain", file, "-q", "--no-run", "--model", "embedded:nano", "--players", "word", "--budget", "32"],
      { cwd },
    );
    expect([code, stderr]).toEqual([0, ""]);
    return JSON.parse(stdout) as Result;
  };
  const [body, file] = [await explain("body.json"), await explain("file.json")];
  expect(body.players).toEqual(file.players);
  expect(body.inputs).toEqual(file.inputs.map((input) => ({ ...input, path: "input_audio 1 of message 1" })));
  expect(readdirSync(cwd)).toHaveLength(4);

  writeFileSync(join(cwd, "r.json"), JSON.stringify(body));
  const lost = await run(["evaluate", "r.json", "--rankings", "2"], { cwd });
  expect([lost.code, lost.stderr]).toEqual([2, expect.stringContaining("input_audio 1 of message 1: stood in the conversation as base64")]);
  writeFileSync(join(cwd, "input_audio 1 of message 1"), sound);
  expect(await run(["evaluate", "r.json", "-q", "--rankings", "2"], { cwd })).toMatchObject({ code: 0 });

  const wrong = await run(["explain", "text.json", "-q", "--model", "embedded:nano"], { cwd });
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining("input_audio 1 of message 1: not an audio file")]);
});

describe("a conversation without a file", () => {
  const explain = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await run(["explain", "-q", "--format", "json", ...args]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    return JSON.parse(stdout) as Result;
  };

  test("typed text is answered by the embedded model, as the same in a spec", async () => {
    const typed = await explain("--text", WORDS, "--no-run");
    const cwd = folderWith({ "conv.yaml": spec(WORDS) });
    const written = JSON.parse((await run(["explain", "conv.yaml", "-q", "--no-run"], { cwd })).stdout) as Result;
    expect(typed.players).toEqual(written.players);
    expect(typed.spec.path).toBeNull();
    expect(typed.spec.resolved).toMatchObject({ model: { repo: "embedded:nano" } });
  });

  test("sound is heard by the model that hears, wherever the file lies; its words are players", async () => {
    const { players, model } = await explain("--audio", WAV, "--transcript", WORDS);
    expect(model.connector).toBe("liquid-audio");
    expect(players.map(({ text }) => text)).toEqual(WORDS.split(" "));
  });

  test("a prompt and an answer of one's own are taken as they are", async () => {
    const { response } = await explain("--prompt", "turn on the light", "--answer", " turning on", "--model", "embedded:nano");
    expect(response.text).toBe(" turning on");
    expect((await explain("--text", WORDS, "--answer", "turning on the lamp")).response.text).toBe("turning on the lamp");
  });

  test.each([
    [[], 'nothing to look at: give a spec, or type a conversation (--text "…"; mllm-shap init writes an example)'],
    [["conv.yaml", "--text", "hi"], "conv.yaml: a spec goes without --text, --audio and --prompt"],
    [["--answer", "x"], "--answer needs --text, --audio or --prompt"],
    [["--text", "a", "--prompt", "b"], "--prompt goes without --text and --audio: it is fed as it is"],
    [["--text", "a", "--transcript", "b"], "--transcript needs one --audio"],
    [["--audio", "no.wav"], '--audio: "no.wav": no such file or folder'],
    [["--text", "a", "--audio", "no.wav"], '--audio: "no.wav": no such file or folder'],
    [["--text", "a", "--model", "./nowhere"], '--model: "./nowhere": no such file or folder'],
    [["--text", ""], "--text: messages.0.content.0.text must not be empty"],
    [["--text", "a", "--answer", ""], "--answer: messages.1.content must not be empty"],
    [["--prompt", ""], "--prompt: prompt must not be empty"],
    [["--text", "a", "--budget", "0"], "--budget 0: explain.budget must be"],
  ])("%j is refused in one line", async (args, message) => {
    for (const command of ["explain", "inspect"]) {
      const { code, stdout, stderr } = await run([command, ...args], { cwd: folderWith({}) });
      expect([code, stdout]).toEqual([2, ""]);
      expect(stderr.trim().split("\n")).toHaveLength(1);
      expect(stderr).toContain(message);
    }
  });

  test("where no model is named, a note says what the embedded one knows", async () => {
    const noted = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
      run(["explain", "--text", "turn on the light", "-o", "x.json", ...args], {
        cwd: folderWith({}),
        env: { XDG_CONFIG_HOME: cwd, ...env },
      });
    const cwd = folderWith({});
    const note = "embedded:nano, taken as no model is named, knows some hundred words of a toy language; --model names another";
    expect((await noted([])).stderr).toContain(note);
    expect((await noted(["--model", "embedded:nano"])).stderr).not.toContain(note);
    expect((await noted(["--repo", "embedded:nano"])).stderr).not.toContain(note);
    expect((await noted([], { MLLM_SHAP_MODEL: "embedded:nano" })).stderr).not.toContain(note);
  });

  test("the environment or the settings file names the model and trusted folders", async () => {
    const elsewhere = folderWith({});
    const cwd = folderWith({ "chat.json": JSON.stringify([{ role: "user", content: [{ type: "audio", path: WAV }] }]) });
    const args = ["explain", "chat.json", "-q", "--players", "segment", "--no-run"];
    const config = join(elsewhere, "mllm-shap");
    mkdirSync(config);
    const settings = (text: string): void => writeFileSync(join(config, "config.yaml"), text);
    const env = { XDG_CONFIG_HOME: elsewhere };
    settings("model: embedded:nano\n");
    expect(await run(args, { cwd, env })).toMatchObject({ code: 2, stderr: expect.stringContaining("lies outside the spec's folder") });
    settings(`model: embedded:nano\ntrusted: [${JSON.stringify(CONFIGS)}]\n`);
    const file = await run(args, { cwd, env });
    expect([file.code, file.stderr]).toEqual([0, ""]);
    const { stdout } = await run(args, { cwd, env: { MLLM_SHAP_MODEL: "embedded:nano", MLLM_SHAP_TRUSTED: `/nowhere:${CONFIGS}` } });
    expect(stdout).toBe(file.stdout);
    settings("modell: x\n");
    const wrong = await run(args, { cwd, env });
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      `mllm-shap: ${join(config, "config.yaml")}:1:1: unknown key "modell": valid are model, trusted, servers, max_cost\n`,
    ]);
  });
});

test("what is no spec is refused with what takes it", async () => {
  const cwd = folderWith({
    "clip.wav": readFileSync(WAV),
    "result.json": JSON.stringify({ schema: "mllm-shap/result@1", players: [] }, null, 1),
    "m.jsonl": ["a", "b"].map((id) => `{"id":"${id}","model":{"repo":"embedded:nano"},"messages":[]}\n`).join(""),
    "text.yaml": spec(WORDS),
  });
  const told = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await run(["explain", ...args], { cwd });
    expect([code, stdout]).toEqual([expect.any(Number), ""]);
    expect(code).not.toBe(0);
    return stderr.split("\n")[0];
  };
  expect(await told("clip.wav")).toBe("mllm-shap: clip.wav: is not a text file; a spec is YAML or JSON (explain --audio takes sound)");
  expect(await told("result.json")).toBe(
    "mllm-shap: result.json:2:12: this is mllm-shap/result@1, which mllm-shap wrote, and no spec (show, compare and evaluate take results)",
  );
  expect(await told("m.jsonl")).toMatch(
    /^mllm-shap: m\.jsonl:1:2: unknown key "id": conversations with ids are a batch's, which mllm-shap batch takes/,
  );
  expect(await told("text.yaml", "-o", "x.vtt")).toBe("mllm-shap: -o x.vtt: vtt holds stretches of sound, and the conversation has none");
  expect(readdirSync(cwd)).not.toContain("x.vtt");
});

describe("mllm-shap check", () => {
  const BAD =
    "version: 1\nmodel: {repo: embedded:nano, dtyp: q4}\nmessages:\n  - {role: user, content: hi}\nexplain: {players: wrod, budget: 3.5}\n";

  test("lists all problems of all specs in the order of the file, and loads nothing", async () => {
    const cwd = folderWith({ "bad.yaml": BAD, "good.yaml": spec("hi"), "broken.yaml": "a: [1\n" });
    const { code, stdout, stderr } = await run(["check", "bad.yaml", "good.yaml", "broken.yaml", "none.yaml"], { cwd });
    expect([code, stderr]).toEqual([2, "mllm-shap: 3 of 4 specs have problems\n"]);
    const [bad, good, broken, none] = JSON.parse(stdout) as readonly { spec: string; problems: readonly Record<string, unknown>[] }[];
    expect(bad?.problems.map(({ line, column }) => [line, column])).toEqual([
      [2, 30],
      [5, 20],
      [5, 34],
    ]);
    expect(bad?.problems[0]?.message).toBe('bad.yaml:2:30: unknown key "dtyp" in model: did you mean "dtype"?');
    expect(good).toEqual({ spec: "good.yaml", problems: [] });
    expect(broken?.problems).toHaveLength(1);
    expect(none?.problems).toEqual([{ line: null, column: null, message: "none.yaml: no such file" }]);
  });

  test("tells of every path that leads nowhere, and takes flags as explain does", async () => {
    const text =
      "version: 1\nmodel: {repo: ./gone}\nmessages:\n  - role: user\n    content: [{type: audio, path: a.wav}, {type: audio, path: b.wav}]\n";
    const cwd = folderWith({ "conv.yaml": text });
    const messages = async (...args: readonly string[]) => {
      const { stdout } = await run(["check", "conv.yaml", ...args], { cwd });
      return (JSON.parse(stdout) as readonly { problems: readonly { message: string }[] }[]).flatMap(({ problems }) =>
        problems.map(({ message }) => message),
      );
    };
    expect(await messages()).toHaveLength(3);
    expect(await messages("--repo", "embedded:nano", "--budget", "none")).toEqual([expect.stringMatching(/^--budget none: /)]);
  });

  test("the examples of the package are sound", async () => {
    const names = ["demo.yaml", "demo-audio.yaml", "demo-audio-words.yaml", "prompt.yaml", "groups.yaml", "payoff-tfidf.yaml"];
    const { code, stderr } = await run(["check", ...names], { cwd: CONFIGS });
    expect([code, stderr]).toEqual([0, ""]);
  });
});

describe("mllm-shap init", () => {
  test("writes a spec that can be explained as it is, and never over another file", async () => {
    const cwd = folderWith({});
    expect(await run(["init"], { cwd })).toEqual({
      code: 0,
      signal: null,
      stdout: "",
      stderr: "wrote conv.yaml: mllm-shap explain conv.yaml\n",
    });
    const written = readFileSync(join(cwd, "conv.yaml"), "utf8");
    expect((await run(["init", "-"], { cwd })).stdout).toBe(written);
    expect(await run(["check", "conv.yaml"], { cwd })).toMatchObject({ code: 0 });
    const { code, stdout } = await run(["explain", "conv.yaml", "-q"], { cwd });
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as Result).response.text).toBe("turning on the kitchen light");
    expect(await run(["init"], { cwd })).toMatchObject({ code: 2, stderr: "mllm-shap: conv.yaml: is there already; give another name\n" });
    expect(await run(["init", "no/where.yaml"], { cwd })).toMatchObject({
      code: 2,
      stderr: "mllm-shap: no/where.yaml: its folder is not there; make it first\n",
    });
  });

  test("what it comments out is valid too", async () => {
    const { stdout } = await run(["init", "-"]);
    const device = stdout.replace("  # device: auto ", "  device: auto ");
    const system = device.replace("  # - {role: system,", "  - {role: system,").replace("  # - {role: assistant,", "  - {role: assistant,");
    expect(system).not.toBe(stdout);
    const checked = await run(["check", "-"], { input: system });
    expect([checked.code, checked.stderr]).toEqual([0, ""]);
  });
});

describe("mllm-shap doctor", () => {
  const rows = async (env: Readonly<Record<string, string>>) => {
    const { code, stdout, stderr } = await run(["doctor"], { env });
    expect(stderr).toBe("");
    return { code, rows: new Map((JSON.parse(stdout) as readonly CheckRow[]).map((row) => [row.check, row])) };
  };

  test("looks at the machine, and fails where something that is needed does", async () => {
    const good = await rows({ MLLM_SHAP_MODEL: "embedded:nano", XDG_CONFIG_HOME: folderWith({}) });
    expect(good.code).toBe(0);
    expect(good.rows.get("cpu")).toMatchObject({ status: "passed", found: "usable" });
    expect(good.rows.get("settings")?.detail).toMatch(
      /^model: embedded:nano; trusted folders: none; servers: none; answers take at most 4\.0 GiB$/,
    );
    expect(good.rows.get("answers")?.detail).toMatch(/GiB free$/);
    const file = join(folderWith({ file: "" }), "file");
    const bad = await rows({ MLLM_SHAP_CACHE: file, MLLM_SHAP_CACHE_SIZE: "much", FFMPEG_PATH: "/no/such/ffmpeg" });
    expect(bad.code).toBe(1);
    expect(bad.rows.get("answers")?.status).toBe("failed");
    expect(bad.rows.get("settings")?.detail).toContain("MLLM_SHAP_CACHE_SIZE=much");
    expect(bad.rows.get("ffmpeg")).toMatchObject({ status: "skipped", found: "/no/such/ffmpeg does not run" });
  });
});
