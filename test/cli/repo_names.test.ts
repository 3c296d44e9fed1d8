import { cpSync, mkdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import type { CheckRow } from "../../src/connectors/check_row.js";
import type { Result } from "../../src/results/result_schema.js";
import { writeEncoder } from "../support/encoder_files.js";
import { folderWith, run } from "./run.js";

const FIXTURES = fileURLToPath(new URL("../../fixtures", import.meta.url));
const SAID = "could you please turn on the kitchen light";

/** A folder with models in it whose names could be hub ids. */
describe("models/NAME, a folder beside you,", () => {
  let cwd: string;

  beforeAll(() => {
    const part = { type: "audio", path: "clip.wav", transcript: SAID };
    cwd = realpathSync(
      folderWith({
        "text.json": JSON.stringify({
          model: { connector: "transformers-text", repo: "models/text", device: "cpu" },
          messages: [{ role: "user", content: "turn off the fan" }],
          explain: { players: "word", payoff: { kind: "embedding", source: "models/encoder" } },
        }),
        "spoken.json": JSON.stringify({
          model: { connector: "liquid-audio", repo: "models/audio", device: "cpu" },
          messages: [{ role: "user", content: [part] }],
          explain: { aligner: "models/ctc" },
        }),
      }),
    );
    cpSync(`${FIXTURES}/models/nano-ctc`, join(cwd, "models/ctc"), { recursive: true });
    cpSync(`${FIXTURES}/models/nano/text`, join(cwd, "models/text"), { recursive: true });
    cpSync(`${FIXTURES}/models/nano/audio`, join(cwd, "models/audio"), { recursive: true });
    cpSync(`${FIXTURES}/../configs/audio/kitchen-light.wav`, join(cwd, "clip.wav"));
    mkdirSync(join(cwd, "models/encoder"));
    writeEncoder({ folder: join(cwd, "models/encoder") });
  });

  test.each([["models/ctc"], ["./models/ctc"]])("is the aligner's model %s of align", async (model) => {
    const { code, stdout, stderr } = await run(["align", "clip.wav", "--transcript", SAID, "--model", model, "--format", "json"], { cwd });
    expect([code, stderr]).toEqual([0, ""]);
    expect((JSON.parse(stdout) as { readonly model: string }).model).toBe(join(cwd, "models/ctc"));
  });

  test("is what models check tries", async () => {
    const { code, stdout, stderr } = await run(["models", "check", "models/text", "--device", "cpu"], { cwd });
    expect([code, stderr]).toEqual([0, ""]);
    expect((JSON.parse(stdout) as readonly CheckRow[]).map(({ status }) => status)).not.toContain("failed");
  });

  test("is the model, the aligner and the encoder of explain, and of inspect", async () => {
    for (const [spec, helper] of [
      ["spoken.json", "aligner"],
      ["text.json", "encoder"],
    ] as const) {
      const explained = await run(["explain", spec, "--format", "json", "--quiet"], { cwd });
      expect([explained.code, explained.stderr]).toEqual([0, ""]);
      const result = JSON.parse(explained.stdout) as Result;
      const [model, file] = helper === "aligner" ? ["models/audio", "models/ctc"] : ["models/text", "models/encoder"];
      expect([result.model.repo, result[helper]?.repo]).toEqual([model, file]);
    }
    const inspected = await run(["inspect", "text.json", "--no-cost", "--json"], { cwd });
    expect(JSON.parse(inspected.stdout)).toMatchObject({ model: { repo: "models/text" } });
  });

  test.each([
    ["align", ["align", "clip.wav", "--transcript", SAID, "--model"]],
    ["models check", ["models", "check"]],
    ["explain", ["explain", "text.json", "--repo"]],
  ])("where it is not there, %s says the same of it", async (_, command) => {
    const answers = ["models/none", "./models/none", "none", "embedded:none"].map((name) => run([...command, name], { cwd }));
    const [hub, path, bare, embedded] = await Promise.all(answers);
    expect(hub).toMatchObject({ code: 2, stderr: expect.stringMatching(/model models\/none .*is not cached: .*--allow-download/) });
    expect(path).toMatchObject({ code: 2, stderr: expect.stringMatching(/"\.\/models\/none": no such file or folder/) });
    expect(bare).toMatchObject({ code: 2, stderr: expect.stringMatching(/"none": is neither embedded:NAME, nor a folder /) });
    expect(embedded).toMatchObject({ code: 2, stderr: expect.stringMatching(/embedded model "none" does not exist: valid is embedded:/) });
  });
});
