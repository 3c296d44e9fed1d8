import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

/*
 * test/ mirrors src/: the test of src/a/b.ts is test/a/b.test.ts. What has none is listed here with the tests that hold it instead,
 * which must get to it by their imports. Files without logic (types, re-exports) need none.
 */

interface Row {
  /** Files of src/, without their ending; one that ends in a slash is a whole folder. */
  readonly files: readonly string[];
  /** Below test/, without `.test.ts`. */
  readonly by: readonly string[];
  readonly why: string;
}

/** Where a test starts the built program, its imports say nothing. */
const STARTS_THE_PROGRAM = [
  "cli/explain",
  "cli/align",
  "cli/cache",
  "cli/check",
  "cli/evaluate",
  "cli/manners",
  "cli/bad_inputs",
  "cli/prompt",
  "cli/rescore",
  "cli/batch/batch",
  "cli/batch/examples",
  "cli/queue/queue",
];

/** `npm run test:browser`, which opens pages that hold the bundle. */
const IN_A_BROWSER = ["browser/report.browser"];

const ELSEWHERE: readonly Row[] = [
  { files: ["cli/", "connectors/inventory", "connectors/check_model"], by: STARTS_THE_PROGRAM, why: "run as users run it" },
  {
    files: ["alignment/"],
    by: ["alignment/golden_align", "alignment/edges", "alignment/aligner", "alignment/acoustic_model", "alignment/spell"],
    why: "steps of one way from sound to times, held to the original's numbers and to sounds made with known edges",
  },
  {
    files: ["audio/files/", "audio/memory"],
    by: ["audio/files/damage", "audio/files/decode", "audio/files/wav", "audio/files/size", "audio/files/ffmpeg"],
    why: "whole files in, samples and reports out: sound, damaged and truncated ones of every kind",
  },
  {
    files: ["audio/front_ends/"],
    by: [
      "audio/front_ends/golden_mel",
      "audio/front_ends/mel",
      "audio/front_ends/granite",
      "audio/front_ends/gemma3n",
      "audio/front_ends/gemma4",
      "audio/front_ends/lfm3",
    ],
    why: "spectra of every kind, against the originals'",
  },
  { files: ["audio/front_ends/waveform"], by: ["connectors/openai_compatible/messages_model"], why: "sound as servers are sent it" },
  { files: ["audio/masks/"], by: ["audio/masks/registry", "audio/masks/cut"], why: "every mask of the registry, on clips" },
  {
    files: ["compat/"],
    by: ["compat/parity", "chat/golden_masks", "chat/golden_chat", "chat/chat"],
    why: "the names of the original over chat/, every one called, masks and chats held to the original's",
  },
  {
    files: ["batch/"],
    by: ["batch/find_shard", "batch/journal", "batch/drive", "batch/lock", "batch/plan", "batch/merge"],
    why: "shards, files, the loop and what is merged; what the processes do is tested with processes (cli/batch)",
  },
  {
    files: ["game/source", "game/whole_recording"],
    by: ["game/conversation_game", "tasks/rescore"],
    why: "sources and what is kept of them, each as games use it",
  },
  {
    files: ["chat/"],
    by: ["chat/chat", "chat/golden_masks", "chat/golden_chat"],
    why: "parts of one table of tokens, held to the original's",
  },
  {
    files: ["connectors/openai_compatible/"],
    by: ["connectors/openai_compatible/ids_model", "connectors/openai_compatible/messages_model", "connectors/openai_compatible/hostile"],
    why: "every kind of server, faked strictly with the embedded model behind it, and servers that misbehave",
  },
  {
    files: ["connectors/"],
    by: [
      "connectors/answers",
      "connectors/causal_text/model",
      "connectors/causal_text/folders",
      "connectors/speech/families/lfm2/chat",
      "connectors/speech/embedder",
      "connectors/speech/families/lfm2/check",
      "connectors/speech/families/lfm2/layouts",
      "connectors/speech/families/lfm2/model",
    ],
    why: "what needs a model is tested with one: whole chats, answers and scores, against a naive loop",
  },
  {
    files: [
      "decoding/cohorts",
      "decoding/decode",
      "decoding/engine",
      "decoding/hidden",
      "decoding/prefill",
      "decoding/prefix_sharing",
      "decoding/probe",
      "decoding/score",
    ],
    by: ["decoding/layouts"],
    why: "the engine's parts: answers and scores of every layout of graph against a naive loop",
  },
  {
    files: ["onnx/numbering/rule", "onnx/numbering/number_rules", "onnx/numbering/shape_rules"],
    by: ["onnx/numbering/facts"],
    why: "rules of operators, each held to the runtime",
  },
  { files: ["decoding/cache_slot", "decoding/metadata"], by: ["decoding/discover"], why: "parts of what a graph's metadata tells" },
  { files: ["decoding/tried"], by: ["decoding/sound"], why: "tokens to try a graph with, sound among them" },
  { files: ["decoding/file_edits"], by: ["decoding/cache_updates"], why: "what a file's edits are for" },
  { files: ["decoding/step_policy"], by: ["decoding/text_policy"], why: "one constant of the policies" },
  { files: ["game/ask", "game/questions"], by: ["game/conversation_game"], why: "how the game asks its model" },
  { files: ["game/metrics"], by: ["game/faithfulness"], why: "names and signs of what is measured there" },
  { files: ["game/ledger"], by: ["game/play"], why: "what play counts" },
  { files: ["game/tree"], by: ["game/refine", "shapley/owen"], why: "trees as they are refined" },
  {
    files: ["helpers/entailment"],
    by: ["helpers/cross_encoder", "helpers/served_cross_encoder"],
    why: "both find the label of entailment by it",
  },
  {
    files: ["helpers/text_graph"],
    by: ["helpers/sentence_encoder", "helpers/cross_encoder"],
    why: "both open and feed their graphs by it",
  },
  { files: ["memo/"], by: ["memo/disk"], why: "what is written comes back, after a kill too" },
  {
    files: ["onnx/"],
    by: ["onnx/attention_check", "connectors/speech/embedder", "connectors/causal_text/folders", "decoding/cache_updates"],
    why: "files made by the tests, edited and run",
  },
  {
    files: ["payoffs/"],
    by: ["payoffs/golden", "payoffs/registry", "payoffs/error_rate", "payoffs/bertscore"],
    why: "numbers of the original, and worked by hand",
  },
  { files: ["players/"], by: ["players/players", "players/tokenizers"], why: "what chats' tokens become, and how groups are refused" },
  { files: ["repos/"], by: ["repos/repo", "repos/hub"], why: "folders and hubs as they are found" },
  {
    files: ["results/"],
    by: [
      "results/build_result",
      "results/comparison",
      "results/redact",
      "results/summary/summary",
      "views/alignment/formats",
      "tasks/evaluate",
      "results/archive",
      "cli/manners",
    ],
    why: "whole results, read again",
  },
  {
    files: ["shapley/"],
    by: [
      "shapley/methods",
      "shapley/exact",
      "shapley/permutation",
      "shapley/owen",
      "shapley/golden_monte_carlo",
      "shapley/golden_hierarchical",
      "shapley/normalizers",
      "shapley/plan",
      "shapley/interactions",
    ],
    why: "samplers with their estimators, on games solved by hand, by properties and against the original",
  },
  { files: ["spec/"], by: ["spec/errors", "spec/limits", "spec/load", "spec/prompt", "spec/schema"], why: "whole specs, good and bad" },
  {
    files: ["tasks/"],
    by: ["tasks/explain", "tasks/evaluate", "tasks/read_messages", "prompt", "context_window"],
    why: "stages of a task",
  },
  { files: ["text/units/"], by: ["players/token_units", "players/players"], why: "texts of several vocabularies, cut into every kind" },
  {
    files: ["text/"],
    by: ["text/chat_templates", "text/template_layout", "text/tokenizers", "text/decoders", "text/template_styles"],
    why: "tokenisers and templates of many families, against transformers",
  },
  { files: ["views/html/client/"], by: IN_A_BROWSER, why: "clicked and pointed at in Chromium" },
  {
    files: ["views/"],
    by: [
      "views/result/html",
      "views/pair/page",
      "views/result/text",
      "views/result/json",
      "views/alignment/formats",
      "results/comparison",
      "results/summary/summary",
      "views/merged/formats",
      "views/game/formats",
      "context_window",
      "tasks/evaluate",
    ],
    why: "parts of whole views",
  },
  {
    files: ["errors", "version", "random"],
    by: ["game/play", "tasks/explain", "shapley/methods"],
    why: "names, a hash of versions, and draws that every sampler's test makes",
  },
];

const root = fileURLToPath(new URL("..", import.meta.url));
const LOGIC = /^(export )?(default )?(async )?(abstract )?(function|class|const|let)\b/m;
const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"))
  .map((file) => file.slice(0, -".ts".length));
const without = sources.filter((file) => !existsSync(join(root, "test", `${file}.test.ts`)) && LOGIC.test(read(`src/${file}.ts`)));
const rowOf = (file: string): Row | undefined =>
  ELSEWHERE.find(({ files }) => files.includes(file)) ??
  ELSEWHERE.find(({ files }) => files.some((one) => one.endsWith("/") && file.startsWith(one)));

function read(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

/** Every file that some file gets to by its imports, lazy ones too. */
function reach(start: string): ReadonlySet<string> {
  const found = new Set([start]);
  for (const file of found) {
    for (const [, to] of read(file).matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)\.js"/g)) {
      const next = `${normalize(join(dirname(file), to as string)).replaceAll("\\", "/")}.ts`;
      if (existsSync(join(root, next))) found.add(next);
    }
  }
  return found;
}

describe("test/ mirrors src/", () => {
  test("every file with logic has its own test, or is held by others", () => {
    expect(without.filter((file) => rowOf(file) === undefined)).toEqual([]);
  });

  test.each(ELSEWHERE)("$files: $why", ({ files, by }) => {
    const fileOf = (name: string): string => `test/${name}${by === IN_A_BROWSER ? "" : ".test"}.ts`;
    for (const name of by) expect(existsSync(join(root, fileOf(name))), fileOf(name)).toBe(true);
    const own = without.filter((file) => rowOf(file)?.files === files);
    expect(own, "nothing is left of this row").not.toEqual([]);
    if (by === STARTS_THE_PROGRAM || by === IN_A_BROWSER) return;
    const reached = new Set(by.flatMap((name) => [...reach(`test/${name}.test.ts`)]));
    expect(own.filter((file) => !reached.has(`src/${file}.ts`))).toEqual([]);
  });

  test("names no file that is gone, or that has a test of its own", () => {
    const named = ELSEWHERE.flatMap(({ files }) => files.filter((file) => !file.endsWith("/")));
    expect(named.filter((file) => !without.includes(file))).toEqual([]);
  });
});
