import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadSpec, requestOf } from "../../src/spec/load.js";
import { flagOverride } from "../../src/spec/overrides.js";
import { SpecSchema } from "../../src/spec/schema.js";
import { load, newFolder, refusal, VALID } from "./helpers.js";

const configs = fileURLToPath(new URL("../../configs", import.meta.url));

describe("a spec with its defaults", () => {
  test("every default of the format is filled in", async () => {
    const { spec } = await load(VALID);
    expect(spec).toEqual({
      version: 1,
      model: {
        connector: "transformers-text",
        repo: "embedded:nano",
        revision: "main",
        dtype: "auto",
        device: "auto",
        template: null,
        template_kwargs: {},
        tokenizer: null,
      },
      generation: { max_new_tokens: 128, text_temperature: 0, text_top_k: 1, audio_temperature: 0, audio_top_k: 1, history: "text" },
      messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
      explain: {
        sampler: "auto",
        budget: 1024,
        tolerance: null,
        confidence: 0.95,
        payoff: { kind: "likelihood" },
        players: { text: "token", audio: "auto", segment_seconds: 0.25 },
        groups: [],
        system_roles: "system",
        token_filter: "none",
        text_masking: { kind: "delete" },
        audio_masking: "model",
        aligner: "embedded:nano-ctc",
        normalizer: "power-shift",
        target: null,
        interactions: false,
        outputs: true,
        top: null,
        trace: false,
        seed: 0,
      },
      run: { cache: true, memory: 4 * 2 ** 30, batch_size: null, speculation: true, concurrency: null, threads: 0 },
    });
  });

  test("a bare list is a chat's messages, and flags give the rest; errors stand where they are in the list", async () => {
    const model = ["model.connector=transformers-text", "model.repo=embedded:nano"];
    const { spec } = await load('[{"role": "user", "content": "hi"}]', model);
    expect(spec.messages).toEqual([{ role: "user", content: [{ type: "text", text: "hi" }] }]);
    expect(spec).toEqual((await load(VALID)).spec);
    expect(await refusal('[{"role": "user", "content": "hi"},\n {"role": "bot", "content": "hi"}]', model)).toMatch(
      /^conv\.yaml:2:11: messages\.1\.role must be one of/,
    );
  });

  test("a resolved spec means itself", async () => {
    const { spec } = await load(VALID, ["explain.payoff=embedding", "explain.players=word", "run.memory=1.5GiB"]);
    expect(SpecSchema.parse(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
    expect(spec.run.memory).toBe(1.5 * 2 ** 30);
  });

  test.each([
    ["word", { text: "word", audio: "word", segment_seconds: 0.25 }],
    ["token", { text: "token", audio: "token", segment_seconds: 0.25 }],
    ["sentence", { text: "sentence", audio: "auto", segment_seconds: 0.25 }],
    ["turn", { text: "turn", audio: "auto", segment_seconds: 0.25 }],
    ["segment", { text: "token", audio: "segment", segment_seconds: 0.25 }],
    ["{audio: word}", { text: "token", audio: "word", segment_seconds: 0.25 }],
  ])("players %s", async (players, long) => {
    expect((await load(`${VALID}explain: {players: ${players}}`)).spec.explain.players).toEqual(long);
  });

  test("the source is the bytes read; what was given is told from defaults", async () => {
    const cwd = newFolder();
    const text = `\ufeff${VALID}explain: {budget: 1024}`;
    const { source, given } = await load(text, ["explain.seed=3"], cwd);
    expect(source).toEqual({ path: "conv.yaml", sha256: createHash("sha256").update(text).digest("hex"), folder: cwd });
    expect(given.has("explain.budget")).toBe(true);
    expect(given.has("explain.seed")).toBe(true);
    expect(given.has("explain.sampler")).toBe(false);
  });

  test("stdin starts from the current folder and has no path", async () => {
    const cwd = newFolder();
    const { source } = await loadSpec("-", { cwd, stdin: Readable.from([Buffer.from(VALID)]) });
    expect(source).toMatchObject({ path: null, folder: cwd });
  });

  test("a program's spec is checked the same way", async () => {
    const messages = [{ role: "user" as const, content: "hi" }];
    const model = { connector: "transformers-text" as const, repo: "embedded:nano" };
    expect((await requestOf({ model, messages }, newFolder())).spec).toEqual((await load(VALID)).spec);
    await expect(requestOf({ model, messages, explain: { budget: 1 } }, newFolder())).rejects.toThrow(
      /^explain\.budget must be a whole number from 2 to .* \(got 1\)$/,
    );
  });

  test("JSON is read as it is written, whatever its texts", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, unit: "grapheme" }), fc.integer(), async (content, seed) => {
        const input = {
          model: { connector: "transformers-text", repo: "embedded:nano" },
          messages: [{ role: "user", content }],
          explain: { seed },
        };
        const { spec } = await load(JSON.stringify(input));
        expect(spec.messages?.[0]?.content[0]).toEqual({ type: "text", text: content });
        expect(spec.explain.seed).toBe(seed);
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  test("any cut of a valid file either loads or is refused with its name", async () => {
    const text = readFileSync(`${configs}/groups.yaml`, "utf8");
    for (let end = 0; end < text.length; end += 7) expect(await refusal(text.slice(0, end))).toMatch(/^(conv\.yaml|it loaded)/);
  });
});

describe("presets", () => {
  const files = readdirSync(configs).filter((file) => file.endsWith(".yaml"));
  test.each(files)("%s is a complete spec", async (file) => {
    const { spec, source } = await loadSpec(file, { cwd: configs });
    expect(spec.version).toBe(1);
    expect(source.folder).toBe(dirname(`${configs}/x`));
  });
});

describe("--set and flags", () => {
  test("reach any key, through lists and shorthands, the last one winning", async () => {
    const { spec } = await load(`${VALID}explain: {payoff: embedding}`, [
      "explain.payoff.reducer=max",
      "messages.0.content=note: this is [text]",
      "messages.1={role: assistant, content: yes}",
      "explain.sampler=exact",
      "explain.sampler=permutation",
      "model.dtype={decoder: q4}",
      "explain.players.audio=token",
      "generation.text_top_k=null",
    ]);
    expect(spec.explain.payoff).toEqual({ kind: "embedding", source: "static", reducer: "max", similarity: "cosine" });
    expect(spec.messages?.map(({ content }) => content)).toEqual([
      [{ type: "text", text: "note: this is [text]" }],
      [{ type: "text", text: "yes" }],
    ]);
    expect(spec.explain.sampler).toBe("permutation");
    expect(spec.model.dtype).toEqual({ decoder: "q4" });
    expect(spec.generation.text_top_k).toBeNull();
  });

  test.each([
    [
      "explain.budget=1.5",
      "--set explain.budget=1.5: explain.budget must be a whole number from 2 to 10000000, or so many a player, such as 10n (got 1.5)",
    ],
    ["explain.bugdet=5", '--set explain.bugdet=5: unknown key "bugdet" in explain: did you mean "budget"?'],
    [
      "explain.budget.x=5",
      "--set explain.budget.x=5: explain.budget must be a whole number from 2 to 10000000, or so many a player, such as 10n (got a mapping)",
    ],
    ["messages.3.content=x", '--set messages.3.content=x: messages is a list of 1; "3" must be an index from 0 to 1'],
    ["messages.-1=x", '--set messages.-1=x: messages is a list of 1; "-1" must be an index from 0 to 1'],
    ["messages.0.role.x=1", '--set messages.0.role.x=1: messages.0.role is not a mapping, so it has no key "x"'],
    ["explain", "--set explain: must be KEY=VALUE, such as explain.sampler=exact"],
    ["=1", "--set =1: must be KEY=VALUE, such as explain.sampler=exact"],
    ["explain..budget=1", "--set explain..budget=1: must be KEY=VALUE, such as explain.sampler=exact"],
    ["explain.groups=[{a", /^--set explain\.groups=\[\{a: not valid YAML: /.source],
    ["__proto__.x=1", /^--set __proto__\.x=1: unknown key "__proto__": valid: /.source],
    ["explain.__proto__.x=1", /^--set explain\.__proto__\.x=1: unknown key "__proto__" in explain/.source],
    [`explain.groups=${"[".repeat(9_000)}`, /: is nested deeper than 32 levels$/.source],
    ["messages.0.content=", "--set messages.0.content=: messages.0.content must be a text or a list (got null)"],
  ])("%s", async (set, message) => {
    const said = await refusal(VALID, [set]);
    if (message.includes("\\") || message.startsWith(":")) expect(said).toMatch(new RegExp(message));
    else expect(said).toBe(message);
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  test("a flag's error names the flag", async () => {
    const cwd = newFolder();
    await load(VALID, [], cwd);
    const overrides = [flagOverride(["explain", "budget"], "--budget", "many")];
    await expect(loadSpec("conv.yaml", { cwd, overrides })).rejects.toThrow(
      /^--budget many: explain\.budget must be a whole number from 2 to 10000000, .* \(got "many"\)$/,
    );
  });
});
