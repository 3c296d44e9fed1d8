import { cpSync, mkdirSync, readFileSync, symlinkSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LIGHT, spec } from "./run.js";

const NANO = fileURLToPath(new URL("../../fixtures/models/nano/text", import.meta.url));

/** One input that must be refused. */
export interface BadInput {
  readonly name: string;
  /** conv.yaml. @default LIGHT */
  readonly spec?: string | Uint8Array;
  /** What else lies in the folder. */
  readonly prepare?: (folder: string) => void;
  /** @default ["conv.yaml"], and `-o out.json` unless `-o` is among them */
  readonly args?: readonly string[];
  readonly code: 1 | 2;
  /** The line on stderr after "mllm-shap: ". */
  readonly says: RegExp;
}

const explain = (block: string) => spec("turn on the kitchen light", block);
const repo = (name: string) => LIGHT.replace("embedded:nano", name);
const audio = (path: string) =>
  `model: {connector: transformers-text, repo: embedded:nano}\nmessages:\n  - {role: user, content: [{type: audio, path: ${path}}]}\n`;
const messages = (list: string) => `model: {connector: transformers-text, repo: embedded:nano}\nmessages: ${list}\n`;
const BOMB = `a: &a [x,x,x,x,x,x,x,x,x,x]\n${[..."bcdefghi"].map((c, i) => `${c}: &${c} [${Array(10).fill(`*${"abcdefgh"[i]}`)}]`).join("\n")}`;

/** A copy of the embedded model, with one file cut to half. */
function damagedModel(folder: string, file: string): void {
  cpSync(NANO, join(folder, "model"), { recursive: true });
  const path = join(folder, "model", file);
  truncateSync(path, Math.floor(readFileSync(path).length / 2));
}

/** What is wrong with the text of a spec. */
export const BAD_TEXT: readonly BadInput[] = [
  { name: "alias bomb", spec: BOMB, code: 2, says: /^conv\.yaml:2:8: the aliases \(\*…\) from here on stand for too much$/ },
  { name: "deep nesting", spec: "[".repeat(900_000), code: 2, says: /^conv\.yaml:1:33: is nested deeper than 32 levels$/ },
  { name: "tab indentation", spec: "model:\n\trepo: x", code: 2, says: /^conv\.yaml:2:1: tabs cannot indent YAML; use spaces$/ },
  { name: "UTF-16", spec: new Uint8Array([0xff, 0xfe, 0x61, 0x00]), code: 2, says: /^conv\.yaml: is encoded as UTF-16; save it as UTF-8$/ },
  { name: "binary file", spec: new Uint8Array([0, 1, 2, 3]), code: 2, says: /^conv\.yaml: is not a text file/ },
  { name: "empty file", spec: "", code: 2, says: /^conv\.yaml: is empty/ },
  {
    name: "100 MB file",
    prepare: (folder) => truncateSync(join(folder, "conv.yaml"), 100 * 1024 * 1024),
    code: 2,
    says: /^conv\.yaml: is larger than 1 MiB/,
  },
  { name: "folder as spec", args: ["."], code: 2, says: /^\.: is a folder/ },
  { name: "missing spec", args: ["none.yaml"], code: 2, says: /^none\.yaml: no such file$/ },
  {
    name: "unknown key",
    spec: explain("{sampelr: exact}"),
    code: 2,
    says: /^conv\.yaml:4:11: unknown key "sampelr" in explain: did you mean "sampler"\?$/,
  },
  { name: "duplicate key", spec: `${LIGHT}explain: {}`, code: 2, says: /^conv\.yaml:5:1: this key stands twice$/ },
  { name: "NaN", spec: explain("{tolerance: .nan}"), code: 2, says: /^conv\.yaml:4:22: explain\.tolerance must be a finite number/ },
  { name: "wrong version", spec: `version: 7\n${LIGHT}`, code: 2, says: /^conv\.yaml:1:10: version must be 1 \(got 7\)$/ },
  { name: "tag that wants code", spec: "model: !!js/function x", code: 2, says: /^conv\.yaml:1:8: tags \(!…\) have no meaning here$/ },
  { name: "no messages", spec: messages("[]"), code: 2, says: /^conv\.yaml:2:11: messages must not be empty/ },
  { name: "only a system message", spec: messages("[{role: system, content: x}]"), code: 2, says: /messages holds no user message/ },
  { name: "empty message", spec: spec(""), code: 2, says: /^conv\.yaml:3:27: messages\.0\.content must not be empty$/ },
  {
    name: "escape codes in a key, written out",
    spec: `${LIGHT}"\\e]0;owned\\a\\e[2J\u202e": 1\n`,
    code: 2,
    says: /^conv\.yaml:5:1: unknown key "[^"]*owned[^"]*": valid: /,
  },
];

/** A well-formed spec or command that asks for what cannot be. */
export const BAD_WISHES: readonly BadInput[] = [
  {
    name: "budget 0",
    spec: explain("{budget: 0}"),
    code: 2,
    says: /^conv\.yaml:4:19: explain\.budget must be a whole number from 2 to 10000000, or so many a player, such as 10n \(got 0\)$/,
  },
  {
    name: "budget −1",
    args: ["conv.yaml", "--budget=-1"],
    code: 2,
    says: /^--budget -1: explain\.budget must be a whole number from 2 to 10000000, or so many a player, such as 10n \(got -1\)$/,
  },
  {
    name: "budget 1.5",
    args: ["conv.yaml", "--budget", "1.5"],
    code: 2,
    says: /^--budget 1\.5: explain\.budget must be a whole number from 2 to 10000000, or so many a player, such as 10n \(got 1\.5\)$/,
  },
  {
    name: "budget below the method's least",
    args: ["conv.yaml", "--sampler", "permutation", "--budget", "3"],
    code: 2,
    says: /^permutation needs a budget of at least 6 coalitions for 5 players; the budget is 3$/,
  },
  {
    name: "too many players for exact",
    spec: spec(`${"please ".repeat(24)}turn on the kitchen light`, "{players: word, sampler: exact}"),
    code: 2,
    says: /exact/,
  },
  { name: "exact over the budget given", args: ["conv.yaml", "--sampler", "exact", "--budget", "8"], code: 2, says: /exact.*32|32.*exact/ },
  {
    name: "bogus players",
    args: ["conv.yaml", "--players", "bogus"],
    code: 2,
    says: /^--players bogus: explain\.players must be one of token, word/,
  },
  {
    name: "overlapping groups",
    spec: explain("{players: word, groups: [{name: a, phrase: the kitchen}, {name: b, phrase: kitchen light}]}"),
    code: 2,
    says: /group "b" shares token .* with group "a"/,
  },
  {
    name: "phrase that is not there",
    spec: explain("{groups: [{name: a, phrase: living room}]}"),
    code: 2,
    says: /group "a".*living room/,
  },
  {
    name: "tokens out of range",
    spec: explain("{groups: [{name: a, tokens: [[5, 9000]]}]}"),
    code: 2,
    says: /group "a": \[5, 9000\) is no range of tokens/,
  },
  {
    name: "unknown connector",
    args: ["conv.yaml", "--connector", "gpt"],
    code: 2,
    says: /^--connector gpt: model\.connector must be .*transformers-text/,
  },
  {
    name: "unknown sampler",
    args: ["conv.yaml", "--set", "explain.sampler=exakt"],
    code: 2,
    says: /^--set explain\.sampler=exakt: .*did you mean "exact"\?/,
  },
];

/** Files that a spec names, and the command line. */
export const BAD_PATHS: readonly BadInput[] = [
  // Files it names.
  {
    name: "audio out of the folder through a symbolic link",
    spec: audio("a.wav"),
    prepare: (folder) => symlinkSync("/etc/hostname", join(folder, "a.wav")),
    code: 2,
    says: /^conv\.yaml:3:48: "a\.wav": lies outside the spec's folder; --allow-outside permits that$/,
  },
  {
    name: "model out of the folder through a symbolic link",
    spec: repo("./model"),
    prepare: (folder) => symlinkSync(NANO, join(folder, "model")),
    code: 2,
    says: /"\.\/model": lies outside the spec's folder/,
  },
  { name: "audio by address", spec: audio("http://127.0.0.1:1/a.wav"), code: 2, says: /is an address, and nothing in a spec is fetched/ },
  { name: "missing audio", spec: audio("a.wav"), code: 2, says: /^conv\.yaml:3:48: "a\.wav": no such file or folder$/ },
  { name: "missing model folder", spec: repo("./model"), code: 2, says: /"\.\/model": no such file or folder$/ },
  {
    name: "embedded model that does not exist",
    spec: repo("embedded:giant"),
    code: 2,
    says: /"giant" does not exist: valid is embedded:nano/,
  },
  { name: "embedded name that climbs", spec: repo("embedded:../../src"), code: 2, says: /does not exist/ },
  {
    name: "hub model without --allow-download",
    spec: repo("owner/name"),
    code: 2,
    says: /^model owner\/name \(revision main\) is not cached: allow its download with --allow-download$/,
  },
  {
    name: "hub model offline",
    spec: repo("owner/name"),
    args: ["conv.yaml", "--offline", "--allow-download"],
    code: 2,
    says: /not cached, and offline use is asked for$/,
  },
  {
    name: "revision that climbs",
    spec: LIGHT,
    args: ["conv.yaml", "--revision", "../../x"],
    code: 2,
    says: /^--revision \.\.\/\.\.\/x: model\.revision must be a branch, tag or commit/,
  },
  {
    name: "truncated graph",
    spec: repo("./model"),
    prepare: (folder) => damagedModel(folder, "onnx/model.onnx"),
    code: 1,
    says: /model\.onnx cannot be loaded: /,
  },
  {
    name: "truncated tokeniser",
    spec: repo("./model"),
    prepare: (folder) => damagedModel(folder, "tokenizer.json"),
    code: 1,
    says: /tokenizer/,
  },
  {
    name: "model folder without a model",
    spec: repo("./model"),
    prepare: (folder) => mkdirSync(join(folder, "model")),
    code: 1,
    says: /has no model graph/,
  },
  { name: "precision that is not there", args: ["conv.yaml", "--dtype", "q2f16"], code: 1, says: /of dtype q2f16; valid here: .*fp32/ },
  // The command line.
  {
    name: "unknown flag",
    args: ["conv.yaml", "--smapler", "exact"],
    code: 2,
    says: /^unknown option '--smapler' \(Did you mean --sampler\?\)$/,
  },
  { name: "no spec", args: [], code: 2, says: /^nothing to look at: give a spec, or type a conversation/ },
  {
    name: "path of --set that leads nowhere",
    args: ["conv.yaml", "--set", "messages.7.content=x"],
    code: 2,
    says: /^--set messages\.7\.content=x: messages is a list of 1/,
  },
  { name: "--set without a value", args: ["conv.yaml", "--set", "explain"], code: 2, says: /^--set explain: must be KEY=VALUE/ },
  { name: "unknown format", args: ["conv.yaml", "--format", "xml"], code: 2, says: /^--format xml: must be one of json/ },
  {
    name: "ending that names no format",
    args: ["conv.yaml", "-o", "out.xml"],
    code: 2,
    says: /^-o out\.xml: its ending names no format; use \.json/,
  },
  {
    name: "two formats for one file",
    args: ["conv.yaml", "-o", "out.json", "--format", "csv"],
    code: 2,
    says: /its ending says json and --format says csv/,
  },
  {
    name: "one file twice",
    args: ["conv.yaml", "-o", "out.json", "-o", "./out.json"],
    code: 2,
    says: /^-o \.\/out\.json: stands twice; one file has one format$/,
  },
  {
    name: "output folder missing",
    args: ["conv.yaml", "-o", "there/out.json"],
    code: 2,
    says: /^-o there\/out\.json: there is no folder .*; make it first$/,
  },
  {
    name: "output is a folder",
    prepare: (folder) => mkdirSync(join(folder, "out.json")),
    args: ["conv.yaml", "-o", "out.json"],
    code: 2,
    says: /^-o out\.json: is a folder; give a file$/,
  },
  {
    name: "output is the spec",
    args: ["conv.yaml", "--format", "json", "-o", "conv.yaml"],
    code: 2,
    says: /^-o conv\.yaml: is an input of this run and would be overwritten$/,
  },
  {
    name: "output is the spec through a symbolic link",
    prepare: (folder) => symlinkSync("conv.yaml", join(folder, "out.json")),
    args: ["conv.yaml", "-o", "out.json"],
    code: 2,
    says: /^-o out\.json: is an input of this run/,
  },
  {
    name: "payoff command that is not there",
    args: ["conv.yaml", "--payoff-command", "./no-such-program"],
    code: 1,
    says: /no-such-program/,
  },
  {
    name: "payoff command as half a list",
    args: ["conv.yaml", "--payoff-command", '["a"'],
    code: 2,
    says: /^--payoff-command: must be a JSON list of texts/,
  },
];
