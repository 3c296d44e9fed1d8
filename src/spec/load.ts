import { realpath } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Readable } from "node:stream";
import type { ConnectorDefinition } from "../connectors/connector.js";
import { AUTO_CONNECTOR, CONNECTORS, type ConnectorName } from "../connectors/registry.js";
import { SpecError } from "../errors.js";
import { PAYOFFS } from "../payoffs/registry.js";
import { type RepoRef, servedName } from "../repos/ref.js";
import { sha256 } from "../util/sha256.js";
import { type Problem, problemsOf, valueAt } from "./issues.js";
import { applyOverrides, type Override } from "./overrides.js";
import { type ParsedText, type Path, parseText } from "./parse.js";
import { type Fence, locateFile, locateRepo, locateTemplate } from "./paths.js";
import { readSpecFile, readSpecStream } from "./read.js";
import type { ExplainRequest, Policy, ResolvedPaths } from "./request.js";
import { type Spec, type SpecInput, SpecSchema } from "./schema.js";

/** Nothing that a stranger's spec could misuse. */
export const STRICT: Policy = { allowOutside: false, allowDownload: false, offline: false, payoffCommand: null };

export interface LoadSpecOptions {
  /** Values that flags put into the spec. @default [] */
  readonly overrides?: readonly Override[];
  /** @default STRICT */
  readonly policy?: Policy;
  /** Read instead of a file where the path is `-`. */
  readonly stdin?: Readable;
  /** Folder that paths on the command line start from. */
  readonly cwd: string;
}

/**
 * Reads, checks and completes one spec.
 * @param path of a YAML or JSON file, relative to `cwd`; `-` reads `stdin`, whose relative paths start from `cwd`.
 * @throws SpecError with file:line:column, or the flag, on the first thing that is wrong.
 */
export async function loadSpec(path: string, options: LoadSpecOptions): Promise<ExplainRequest> {
  const { overrides = [], policy = STRICT, stdin, cwd } = options;
  const fromStdin = path === "-";
  if (fromStdin && stdin === undefined) throw new SpecError('there is no standard input to read "-" from');
  const text = stdin !== undefined && fromStdin ? await readSpecStream(stdin) : await readSpecFile(path, cwd);
  const folder = await realpath(fromStdin ? cwd : dirname(resolve(cwd, path)));
  const parsed = asSpec(parseText(text));
  const data = applyOverrides(parsed.data, overrides);
  const blame = blameOn(parsed, overrides);
  const spec = check(data, blame);
  const source = { path: fromStdin ? null : path, sha256: text.sha256, folder };
  const fence = fenceFor(overrides, { folder, allowOutside: policy.allowOutside }, cwd);
  return { spec, source, policy, given: givenKeys(data), paths: await resolvePaths(spec, fence, blame) };
}

/** A list is taken for a chat as programs store it: its messages, to which the command line adds the rest. */
function asSpec(parsed: ParsedText): ParsedText {
  if (!Array.isArray(parsed.data)) return parsed;
  return {
    data: { messages: parsed.data as unknown },
    fail: (path, at, message) => parsed.fail(path[0] === "messages" ? path.slice(1) : path, at, message),
  };
}

/** Values that the command line puts into a spec made by a program. */
export interface RequestOptions {
  /** @default STRICT */
  readonly policy?: Policy;
  /** @default [] */
  readonly overrides?: readonly Override[];
  /** Folder that the overrides' paths start from. @default the spec's folder */
  readonly cwd?: string;
}

/**
 * The same for a spec made by a program.
 * @param folder absolute folder that relative paths start from.
 */
export async function requestOf(input: SpecInput, folder: string, options: RequestOptions = {}): Promise<ExplainRequest> {
  const { policy = STRICT, overrides = [], cwd = folder } = options;
  const data = applyOverrides(input, overrides);
  const blame: Blame = ({ path, message }) => {
    const override = covering(overrides, path);
    return new SpecError(override === undefined ? message : `${override.label}: ${message}`);
  };
  const spec = check(data, blame);
  const real = await realpath(folder);
  const source = { path: null, sha256: sha256(JSON.stringify(input)), folder: real };
  const fence = fenceFor(overrides, { folder: real, allowOutside: policy.allowOutside }, cwd);
  return { spec, source, policy, given: givenKeys(data), paths: await resolvePaths(spec, fence, blame) };
}

/** Who types a path on the command line starts from their own folder and may go where they like. */
function fenceFor(overrides: readonly Override[], own: Fence, cwd: string): (at: Path) => Fence {
  return (at) => (covering(overrides, at) === undefined ? own : { folder: cwd, allowOutside: true });
}

const connectorNamed = (name: ConnectorName): ConnectorDefinition => CONNECTORS[name];

type Blame = (problem: Problem) => SpecError;

function blameOn(parsed: ParsedText, overrides: readonly Override[]): Blame {
  return ({ path, at, message }) => {
    const override = covering(overrides, path) ?? opening(overrides, path, parsed.data);
    return override === undefined ? parsed.fail(path, at, message) : new SpecError(`${override.label}: ${message}`);
  };
}

/** The override that put the value at `path` there. */
function covering(overrides: readonly Override[], path: Path): Override | undefined {
  return overrides.findLast(
    (override) => override.path.length <= path.length && override.path.every((step, i) => step === String(path[i])),
  );
}

/** The override that made the mapping at `path` come to be, on its way to a deeper key. */
function opening(overrides: readonly Override[], path: Path, data: unknown): Override | undefined {
  if (path.length === 0 || valueAt(data, path) !== undefined) return undefined;
  return overrides.findLast((override) => path.length < override.path.length && path.every((step, i) => String(step) === override.path[i]));
}

function check(data: unknown, blame: Blame): Spec {
  const result = SpecSchema.safeParse(data);
  if (result.success) return result.data;
  const [first, ...rest] = problemsOf(result.error.issues, data);
  if (first === undefined) throw new SpecError("the spec is not valid", { cause: result.error });
  const more = rest.length === 0 ? "" : ` (and ${rest.length} more problem${rest.length === 1 ? "" : "s"})`;
  throw blame({ ...first, message: first.message + more });
}

async function resolvePaths(spec: Spec, fence: (at: Path) => Fence, blame: Blame): Promise<ResolvedPaths> {
  const settle = async <T extends object>(at: Path, path: string, locate: (path: string, fence: Fence) => Promise<T>) => {
    const found = await locate(path, fence(at));
    if (!("problem" in found)) return found as Exclude<T, { readonly problem: string }>;
    throw blame({ path: at, at: "value", message: `${JSON.stringify(path)}: ${found.problem}` });
  };
  const { connector, tokenizer: named } = spec.model;
  const served = connector !== AUTO_CONNECTOR && connectorNamed(connector).served === true;
  const repo: RepoRef = served ? { kind: "served", name: spec.model.repo } : await settle(["model", "repo"], spec.model.repo, locateRepo);
  const tokenizer = named === null ? null : await settle(["model", "tokenizer"], named, locateRepo);
  const { payoff } = spec.explain;
  const helper = PAYOFFS[payoff.kind].helper(payoff);
  const encoder = helper === null ? null : await settle(["explain", "payoff", helper.key], helper.repo, locateHelper);
  const aligner = await settle(["explain", "aligner"], spec.explain.aligner, locateRepo);
  const audio = new Map<string, string>();
  for (const [i, message] of (spec.messages ?? []).entries()) {
    for (const [j, part] of message.content.entries()) {
      if (part.type === "audio") audio.set(part.path, (await settle(["messages", i, "content", j, "path"], part.path, locateFile)).path);
    }
  }
  const { template } = spec.model;
  const chosen = template !== null && "file" in template ? template.file : null;
  const file = chosen === null ? null : (await settle(["model", "template"], chosen, locateTemplate)).path;
  return { repo, tokenizer, encoder, aligner, audio, template: file };
}

/** A helper may be behind a server, too. */
async function locateHelper(name: string, fence: Fence): ReturnType<typeof locateRepo> {
  return servedName(name) === null ? await locateRepo(name, fence) : { kind: "served", name };
}

/** Dotted names of all keys in the mappings of `data`. */
function givenKeys(data: unknown, prefix = ""): ReadonlySet<string> {
  if (typeof data !== "object" || data === null || Array.isArray(data)) return new Set();
  return new Set(Object.entries(data).flatMap(([key, value]) => [prefix + key, ...givenKeys(value, `${prefix}${key}.`)]));
}
