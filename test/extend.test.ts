import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Result } from "../src/results/result_schema.js";

const root = fileURLToPath(new URL("..", import.meta.url));
/** What makes few files of a build's modules. */
const BUNDLER = new URL("../scripts/bundle.mjs", import.meta.url).href;

/** One thing of its kind: a file, and its entry in the registry of its kind. */
interface Toy {
  readonly file: string;
  readonly source: string;
  readonly registry: string;
  /** What the registry's list is known by, and the list's first entry. */
  readonly list: readonly [opening: string, first: string];
  readonly entry: string;
}

const TOYS: readonly Toy[] = [
  {
    file: "shapley/methods/last_in.ts",
    registry: "shapley/registry.ts",
    list: ["METHODS = registryOf(", "exact"],
    entry: "lastIn",
    source: `
import { leaveOneOut } from "../uniform_sample.js";
import { defineMethod } from "../method.js";
import { noErrorKnown } from "../uncertainty.js";

/** v(N) − v(N without the player). */
export const lastIn = defineMethod({
  name: "last-in",
  aliases: ["loo"],
  summary: "what is lost without each player alone",
  citation: "none",
  estimand: "banzhaf-like",
  efficient: false,
  exhausts: true,
  errors: null,
  pairs: { refused: "plays no pairs" },
  minBudget: (n) => n + 2,
  create: ({ confidence }) => ({
    *sample(n) {
      yield { coalitions: leaveOneOut(n), design: null };
    },
    estimate({ full, rounds }, n) {
      const values = Float64Array.from({ length: n }, (_, i) => full - (rounds[0]?.payoffs[i] ?? full));
      return { values, ...noErrorKnown("a toy", confidence), biased: false };
    },
  }),
});
`,
  },
  {
    file: "payoffs/length.ts",
    registry: "payoffs/registry.ts",
    list: ["PAYOFFS = registryOf(", "likelihood"],
    entry: "length",
    source: `
import { z } from "zod";
import { definePayoff } from "./payoff.js";

export const length = definePayoff({
  name: "length",
  summary: "length of the generated answer",
  asks: "responses",
  options: { unit: z.enum(["token", "character"]).default("token").describe("What is counted.") },
  create: ({ unit }) => ({
    needs: "responses",
    fit: () => ({
      fittedOn: null,
      warnings: [],
      values: (responses) =>
        Float64Array.from(responses, ({ text, generatedTextTokens }) => (unit === "token" ? generatedTextTokens.length : text.length)),
    }),
  }),
});
`,
  },
  {
    file: "shapley/normalizers/doubled.ts",
    registry: "shapley/normalizers.ts",
    list: ["NORMALIZERS = registryOf(", "identity"],
    entry: "doubled",
    source: `
import { defineNormalizer } from "../normalizer.js";

export const doubled = defineNormalizer({ name: "doubled", summary: "twice the values", apply: (values) => values.map((value) => 2 * value) });
`,
  },
  {
    file: "views/result/outline.ts",
    registry: "views/result/formats.ts",
    list: ["FORMATS = registryOf(", "json"],
    entry: "outline",
    source: `
import type { Result } from "../../results/result_schema.js";
import { defineFormat, itemByItem } from "../format.js";

export const outline = defineFormat<Result>()({
  name: "outline",
  endings: [".outline"],
  open: itemByItem(({ players }) => players.map(({ text, value }) => \`- **\${text}** \${value}\\n\`).join("")),
});
`,
  },
  {
    file: "views/alignment/words.ts",
    registry: "views/alignment/formats.ts",
    list: ["ALIGNMENT_FORMATS = registryOf(", "text"],
    entry: "words",
    source: `
import type { Alignment } from "../../results/alignment.js";
import { defineFormat, itemByItem } from "../format.js";

export const words = defineFormat<Alignment>()({
  name: "words",
  endings: [".words"],
  open: itemByItem(({ segments }) => segments.map(({ token }) => \`\${token}\\n\`).join("")),
});
`,
  },
  {
    file: "audio/masks/noise.ts",
    registry: "audio/masks/registry.ts",
    list: ["AUDIO_MASKS = registryOf(", "drop"],
    entry: "noise",
    source: `
import { createRng } from "../../random.js";
import { defineMask } from "./mask.js";

export const noise = defineMask({
  name: "noise",
  summary: "it is drowned in noise",
  keepsTurn: true,
  on: "sound",
  wave({ wave, regions, kept }) {
    const rng = createRng("noise");
    const out = wave.slice();
    regions.forEach(({ start, end }, i) => {
      if (kept[i] !== 1) for (let n = start; n < end; n++) out[n] = 0.2 * (2 * rng.float() - 1);
    });
    return out;
  },
});
`,
  },
  {
    file: "text/masks/bullets.ts",
    registry: "text/masks/registry.ts",
    list: ["TEXT_MASKS = registryOf(", "deleteMask"],
    entry: "bullets",
    source: `
import { z } from "zod";
import { defineTextMask, tokensOf } from "./mask.js";

export const bullets = defineTextMask({
  name: "bullets",
  summary: "as many commas as are asked for",
  options: { count: z.int().min(1).default(2).describe("How many.") },
  create: ({ count }, tokenizer) => () => tokensOf(",".repeat(count), tokenizer),
});
`,
  },
  {
    file: "text/units/clause.ts",
    registry: "text/units/registry.ts",
    list: ["TEXT_UNITS = registryOf(", "token"],
    entry: "clause",
    source: `
import { defineTextUnit, unitsOfStretches } from "./unit.js";

export const clause = defineTextUnit({
  name: "clause",
  summary: "what stands between commas",
  cut: (text) => ({
    units: unitsOfStretches(text, [...text.matchAll(/[^,]+,?/g)].map(({ 0: { length }, index }) => ({ start: index, end: index + length }))),
  }),
});
`,
  },
  {
    file: "connectors/speech/families/toyvox.ts",
    registry: "connectors/speech/registry.ts",
    list: ["FAMILIES = registryOf(", "lfm2Audio"],
    entry: "toyvox",
    source: `
import { defineSpeechFamily } from "../family.js";
import { THREE_GRAPHS } from "../three_graphs.js";
import { readWhisperConfig } from "../whisper_config.js";

/** Ultravox whose clips are opened by a token of their own. */
export const toyvox = defineSpeechFamily({
  name: "toyvox",
  summary: "a toy that hears",
  modelTypes: ["toyvox"],
  graphs: THREE_GRAPHS,
  files: ["preprocessor_config.json"],
  frontEnd: async (folder) => (await import("../../../audio/front_ends/whisper.js")).whisperFrontEnd(await readWhisperConfig(folder), { filled: false }),
  encoder: { features: ["audio_values"], lengths: [], rows: ["audio_features"], counts: [], axes: "bins-frames", mostFrames: 3000 },
  framesPerToken: () => 16,
  rowsOf: (frames) => 1 + Math.ceil(Math.ceil(frames / 2) / 8),
  layout: { placeholder: () => "<|audio|>", before: "<|start_header_id|>" },
});
`,
  },
  {
    file: "connectors/echo.ts",
    registry: "connectors/registry.ts",
    list: ["CONNECTORS = registryOf(", "transformersText"],
    entry: "echo",
    source: `
import { defineConnector } from "./connector.js";

/** The embedded text model, whatever is asked for. */
export const echo = defineConnector({
  name: "echo",
  summary: "a toy that answers",
  templated: false,
  prompts: false,
  hears: false,
  speaks: false,
  variant: "text",
  recognises: ({ config }) => config.model_type === "echo",
  async load(options) {
    const { TransformersCausalText } = await import("./causal_text/model.js");
    const model = await TransformersCausalText.load({ ...options, config: { repoId: "embedded:nano" } });
    return Object.create(model, { identity: { value: { ...model.identity, connector: "echo" } } });
  },
  check: async () => [{ check: "echo", found: "it echoes", status: "passed", detail: "" }],
});
`,
  },
  {
    file: "connectors/openai_compatible/kinds/parrot.ts",
    registry: "connectors/openai_compatible/kinds.ts",
    list: ["SERVER_KINDS = registryOf(", "vllm"],
    entry: "parrot",
    source: `
import { objectOf, textOf } from "../read.js";
import { defineServerKind, NO_FACTS } from "../server_kind.js";

/** Says its question again. */
export const parrot = defineServerKind({
  name: "parrot",
  title: "Parrot",
  ownedBy: ["pirates"],
  chunk: 1,
  concurrency: 2,
  promise: "a parrot repeats itself",
  about: async () => ({ ...NO_FACTS, version: "1" }),
  ids: null,
  messages: {
    sound: null,
    cutsTopK: false,
    score: null,
    likeliest: null,
    async generate({ calls }, messages) {
      const said = objectOf(await calls.json("/say", { messages }), "what it says");
      return { text: textOf(said.text, "text"), ended: true };
    },
  },
});
`,
  },
  {
    file: "cli/commands/greet.ts",
    registry: "cli/commands.ts",
    list: ["readonly CommandDefinition[] = [", "explain"],
    entry: "greet",
    source: `
import { defineCommand } from "../command.js";

export const greet = defineCommand<{ readonly loud?: boolean }>({
  name: "greet",
  summary: "say hello",
  usage: "<name>",
  options: (command) => void command.argument("<name>", "to whom").option("--loud", "louder"),
  async run({ operands: [name], flags }, { terminal }) {
    await terminal.print(\`hello \${name}\${flags.loud === true ? "!" : ""}\\n\`);
    return 0;
  },
});
`,
  },
  {
    file: "batch/arrays/toy.ts",
    registry: "batch/arrays/registry.ts",
    list: ["ARRAYS = registryOf(", "slurm"],
    entry: "toy",
    source: `
import { countedArray, defineArray } from "./array.js";

export const toy = defineArray({ name: "toy", title: "Toy scheduler", read: countedArray("TOY_INDEX", "TOY_COUNT") });
`,
  },
  {
    file: "batch/manifests/semicolons.ts",
    registry: "batch/manifests/registry.ts",
    list: ["MANIFESTS = registryOf(", "folder"],
    entry: "semicolons",
    source: `
import { defineManifest } from "./manifest.js";

export const semicolons = defineManifest({
  name: "semicolons",
  summary: "specs with semicolons between them",
  recognises: (path) => path.includes(";"),
  async *read(list) {
    for (const path of list.split(";")) yield { where: path, open: () => ({ id: path, source: { kind: "file", path } }) };
  },
});
`,
  },
];

const CONVERSATION = `
model: {connector: transformers-text, repo: "embedded:nano"}
messages: [{role: user, content: turn on light}]
explain: {players: word}
`;

/** A word and a clip. */
const spoken = (model: string): string => `
model: ${model}
generation: {max_new_tokens: 6}
messages:
  - role: user
    content:
      - {type: text, text: please}
      - {type: audio, path: configs/audio/kitchen-light.wav}
`;

let copy: string;

/** A copy of the sources with the toys in it, compiled: what does not fit the types fails here. */
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "extend-test-"));
  for (const name of ["src", "bin", "configs", "package.json", "tsconfig.json", "tsconfig.build.json"]) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  for (const name of ["node_modules", "fixtures"]) symlinkSync(join(root, name), join(copy, name));
  writeFileSync(join(copy, "conv.yaml"), CONVERSATION);
  const tiny = join(root, "fixtures/tiny/ultravox");
  for (const name of ["toyvox", "ultravox"]) {
    cpSync(tiny, join(copy, "models", name), { recursive: true });
    const config = join(copy, "models", name, "config.json");
    writeFileSync(config, JSON.stringify({ ...JSON.parse(readFileSync(config, "utf8")), model_type: name }));
    writeFileSync(join(copy, `${name}.yaml`), spoken(`{repo: models/${name}}`));
  }
  writeFileSync(join(copy, "heard.yaml"), spoken('{connector: liquid-audio, repo: "embedded:nano"}'));
  mkdirSync(join(copy, "models/echo"));
  writeFileSync(join(copy, "models/echo/config.json"), JSON.stringify({ model_type: "echo" }));
  for (const toy of TOYS) {
    writeFileSync(join(copy, "src", toy.file), toy.source);
    enter(toy);
  }
  execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"], {
    cwd: copy,
    stdio: "pipe",
  });
  execFileSync(process.execPath, [
    "--input-type=module",
    "-e",
    `await (await import(${JSON.stringify(BUNDLER)})).bundle(process.argv[1])`,
    join(copy, "dist"),
  ]);
}, 120_000);

afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** The whole of what an addition changes elsewhere: the import and the entry. */
function enter({ file, registry, list: [opening, first], entry }: Toy): void {
  const path = join(copy, "src", registry);
  const before = readFileSync(path, "utf8");
  const folder = registry.slice(0, registry.lastIndexOf("/") + 1);
  const from = `./${file.slice(folder.length).replace(/\.ts$/, ".js")}`;
  const place = before.indexOf(first, before.indexOf(opening) + opening.length);
  expect(before).toContain(opening);
  writeFileSync(path, `import { ${entry} } from "${from}";\n${before.slice(0, place)}${entry}, ${before.slice(place)}`);
}

const run = (...args: readonly string[]): string => runWith({}, ...args);

function runWith(env: Readonly<Record<string, string>>, ...args: readonly string[]): string {
  return execFileSync(process.execPath, ["bin/mllm-shap.js", ...args], {
    cwd: copy,
    encoding: "utf8",
    stdio: "pipe",
    env: { ...process.env, COLUMNS: "120", MLLM_SHAP_CACHE: join(copy, "cache"), ...env },
  });
}

const explained = (...flags: readonly string[]) => JSON.parse(run("explain", "conv.yaml", "-q", "--no-run", ...flags)) as Result;

test("are in the help and in the schema", () => {
  const help = run("explain", "--help");
  expect(help).toMatch(/^ {2}last-in +what is lost without each player alone$/m);
  expect(help).toMatch(/^ {2}length +length of the generated answer$/m);
  expect(help).toContain("outline");
  const { sampler, payoff, normalizer } = JSON.parse(run("schema")).properties.explain.properties;
  expect(sampler.enum).toEqual(expect.arrayContaining(["last-in", "loo"]));
  expect(sampler.description).toContain("loo is another name of last-in");
  expect(JSON.stringify(payoff)).toContain('"What is counted."');
  expect(normalizer.enum).toContain("doubled");
});

test("a sampler and a normalizer: what they do, and what the sampler refuses by its traits", () => {
  const { explainer, players } = explained("--sampler", "loo", "--normalizer", "doubled", "--budget", "100");
  expect(explainer).toMatchObject({ sampler: "last-in", asked_sampler: "loo", coalitions: players.length + 2 });
  for (const { value, normalized } of players) expect(normalized).toBe(2 * value);
  expect(() => explained("--sampler", "last-in", "--budget", "4")).toThrow(/last-in needs a budget of at least 5 coalitions for 3 players/);
  expect(() => explained("--sampler", "last-in", "--interactions")).toThrow(/last-in plays no pairs/);
  expect(() => explained("--sampler", "last-in", "--top", "2")).toThrow(/refines the unions of sampler owen or owen-proxy, not of last-in/);
});

test("a payoff: by its name and with its options", () => {
  const tokens = explained("--payoff", "length");
  const characters = explained("--payoff", "{kind: length, unit: character}");
  expect(characters).toMatchObject({ explainer: { payoff: "length" }, payoff: { full: characters.response.text.length } });
  expect(tokens.payoff.full).toBeLessThan(characters.payoff.full);
  expect(() => explained("--payoff", "{kind: length, unit: word}")).toThrow(/must be one of token, character/);
});

test("a text mask: by its name and with its options, which stand in the result", () => {
  expect(run("explain", "--help").replace(/\s+/g, " ")).toContain("bullets: as many commas as are asked for");
  const { explainer, payoff } = explained("--text-masking", "{kind: bullets, count: 3}");
  expect(explainer.text_masking).toEqual({ kind: "bullets", count: 3 });
  expect(payoff.empty).not.toBe(explained("--text-masking", "bullets").payoff.empty);
  expect(() => explained("--text-masking", "{kind: bullets, count: 0}")).toThrow(/count/);
});

test("a player of text: by its name, for text alone", () => {
  const { players } = explained("--players", "clause");
  expect(players).toMatchObject([{ kind: "clause", text: "turn on light" }]);
  expect(() => explained("--players", "{audio: clause}")).toThrow(/must be one of auto, token, segment, word/);
});

test("formats of results and of alignments: by name and by ending", () => {
  const shown = run("explain", "conv.yaml", "-q", "--format", "outline", "-o", "-", "-o", "conv.outline");
  expect(shown).toMatch(/^- \*\*light\*\* -?\d/m);
  expect(readFileSync(join(copy, "conv.outline"), "utf8")).toBe(shown);
  const clip = ["configs/audio/kitchen-light.wav", "--transcript", "turn on the kitchen light", "-q"];
  expect(run("align", ...clip, "--format", "words")).toBe("turn\non\nthe\nkitchen\nlight\n");
});

const SPOKEN = ["--players", "{text: word, audio: segment, segment_seconds: 0.8}", "--budget", "16"];
const values = ({ players }: Result): readonly number[] => players.map(({ value }) => value);

test("an audio mask: in the schema, in a model's card, on every family, with numbers of its own", () => {
  const { audio_masking: masking } = JSON.parse(run("schema")).properties.explain.properties;
  expect(masking.enum).toContain("noise");
  expect(masking.description).toContain("noise: it is drowned in noise");
  const masked = (mask: string, spec: string) => {
    const flags = [...SPOKEN, "--set", `explain.audio_masking=${mask}`];
    return JSON.parse(run("explain", spec, "-q", "--no-run", ...flags)) as Result;
  };
  const toy = values(masked("noise", "toyvox.yaml"));
  expect(toy).not.toEqual(values(masked("silence", "toyvox.yaml")));
  expect(values(masked("noise", "heard.yaml"))).not.toEqual(values(masked("drop", "heard.yaml")));
  expect(() => masked("hum", "heard.yaml")).toThrow(/must be one of model, noise, drop, silence/);
  const config = join(copy, "models/toyvox/config.json");
  const stated = readFileSync(config, "utf8");
  writeFileSync(config, JSON.stringify({ ...JSON.parse(stated), mllm_shap: { audio_masking: "noise" } }));
  expect(values(masked("model", "toyvox.yaml"))).toEqual(toy);
  writeFileSync(config, stated);
}, 120_000);

test("a family of models that hear: found by its model_type, with the token that opens its clips", () => {
  const found = JSON.parse(run("explain", "toyvox.yaml", "-q", "--no-run", ...SPOKEN)) as Result;
  expect(found.model.connector).toBe("speech");
  expect(found.players.map(({ kind }) => kind)).toEqual(["word", "segment", "segment", "segment"]);
  // Without the opening token it is another prompt.
  const plain = JSON.parse(run("explain", "ultravox.yaml", "-q", "--no-run", ...SPOKEN)) as Result;
  expect(found.payoff.full).not.toBe(plain.payoff.full);
  expect(run("models", "check", "./models/toyvox")).toContain("<|audio|> 5, <|start_header_id|> 2");
  expect(run("models")).toContain("toyvox");
}, 120_000);

test("a connector: by its name, and by its files where none is named", () => {
  expect(explained("--set", "model.connector=echo").model.connector).toBe("echo");
  expect(explained("--set", "model.connector=echo").players).toEqual(explained().players);
  expect(explained("--set", "model.connector=auto", "--set", "model.repo=models/echo").model.connector).toBe("echo");
  expect(run("models")).toContain("a toy that answers");
  expect(run("models", "check", "./models/echo")).toContain("it echoes");
  expect(() => explained("--set", "model.connector=echo", "--set", "model.template=x.jinja")).toThrow(
    /is not for echo, whose turns are fixed/,
  );
});

/** A server that says the last message again; it ends with its standard input. */
const PARROT = `
require("node:http").createServer(async (request, response) => {
  let text = "";
  for await (const chunk of request) text += chunk;
  const models = { data: [{ id: "polly", owned_by: "pirates" }] };
  response.end(JSON.stringify(request.url === "/say" ? { text: JSON.parse(text).messages.at(-1).content } : models));
}).listen(0, "127.0.0.1", function () { console.log(this.address().port); });
process.stdin.on("end", () => process.exit()).resume();
`;

test("a kind of server: in the help, and found by what its models are owned by", async () => {
  expect(run("explain", "--help")).toMatch(/--server-kind <name>[\s\S]*"parrot"/);
  const server = spawn(process.execPath, ["-e", PARROT], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    const [port] = (await once(server.stdout, "data")) as [Buffer];
    const served = [
      "--connector",
      "openai-compatible",
      "--repo",
      "polly",
      "--payoff",
      "exact-match",
      "--server",
      `http://localhost:${Number(port)}`,
    ];
    const { model, response, players } = explained(...served);
    expect(model.server).toMatchObject({ kind: "parrot", version: "1", promise: "a parrot repeats itself" });
    expect(response.text).toBe("turn on light");
    expect(players.map(({ value }) => value)).toEqual([1 / 3, 1 / 3, 1 / 3]);
  } finally {
    server.stdin.end();
  }
});

test("a command", () => {
  expect(run("greet", "you", "--loud")).toBe("hello you!\n");
  expect(run("--help")).toMatch(/^ {2}greet \[options\] <name> +say hello$/m);
});

test("a scheduler and a kind of manifest: in the help, and a batch's shard", () => {
  const help = run("batch", "--help");
  expect(help).toContain("specs with semicolons between them");
  expect(help).toContain("Toy scheduler");
  writeFileSync(join(copy, "other.yaml"), CONVERSATION.replace("light", "lamp"));
  runWith({ TOY_INDEX: "1", TOY_COUNT: "2" }, "batch", "conv.yaml;other.yaml", "-o", "out");
  expect(JSON.parse(readFileSync(join(copy, "out/results-1-of-2.jsonl"), "utf8"))).toMatchObject({ id: "other.yaml" });
});
