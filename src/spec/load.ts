import { realpath } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Readable } from "node:stream";
import { SpecError } from "../errors.js";
import { sha256 } from "../util/sha256.js";
import { type Adopted, adopt } from "./foreign/adopt.js";
import type { Sounds } from "./foreign/sounds.js";
import { type Problem, problemsOf, valueAt } from "./issues.js";
import { applyOverrides, type Override } from "./overrides.js";
import type { ParsedText, Path } from "./parse.js";
import { type SpecPart, unparsed } from "./parts.js";
import type { Fence } from "./paths.js";
import { readSpecFile, readSpecStream } from "./read.js";
import type { ExplainRequest, Policy } from "./request.js";
import { resolvePaths } from "./resolve_paths.js";
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
  /** The conversation that is meant, where the file was read already. */
  readonly part?: SpecPart | undefined;
  /** Taken where the spec names no model; may lie anywhere, since it is the user's own setting. */
  readonly model?: string | null | undefined;
}

/**
 * Reads, checks and completes one spec.
 * @param path of a YAML or JSON file, relative to `cwd`; `-` reads `stdin`, whose relative paths start from `cwd`.
 * @throws SpecError with file:line:column, or the flag, on the first thing that is wrong.
 */
export async function loadSpec(path: string, options: LoadSpecOptions): Promise<ExplainRequest> {
  const { policy = STRICT } = options;
  const { data, blame, fence, source, notes, sounds } = await openSpec(path, options);
  const spec = check(data, blame);
  const refuse = (problem: Problem): never => {
    throw blame(problem);
  };
  return { spec, source, policy, notes, given: givenKeys(data), paths: await resolvePaths(spec, { fence, sounds }, refuse) };
}

export interface Examined {
  /** Everything that is wrong, in the order in which `loadSpec` would tell of it; paths only of a spec that is sound otherwise. */
  readonly problems: readonly SpecError[];
  /** null where it cannot be read. */
  readonly text: string | null;
}

/** As `loadSpec`, but tells of all that is wrong. @throws only what is no fault of the spec. */
export async function examineSpec(path: string, options: LoadSpecOptions): Promise<Examined> {
  let text: string | null = null;
  try {
    const opened = await openSpec(path, options, (read) => {
      text = read;
    });
    const { data, blame, fence, sounds } = opened;
    const result = SpecSchema.safeParse(data);
    const found: Problem[] = result.success ? [] : [...problemsOf(result.error.issues, data)];
    if (result.success) await resolvePaths(result.data, { fence, sounds }, (problem) => found.push(problem));
    return { problems: found.map(blame), text };
  } catch (error) {
    if (error instanceof SpecError) return { problems: [error], text };
    throw error;
  }
}

interface OpenedSpec {
  readonly data: unknown;
  readonly blame: Blame;
  readonly fence: (at: Path) => Fence;
  readonly source: ExplainRequest["source"];
  readonly notes: readonly string[];
  readonly sounds: Sounds;
}

async function openSpec(path: string, options: LoadSpecOptions, onText: (text: string) => void = () => undefined): Promise<OpenedSpec> {
  const { overrides = [], policy = STRICT, stdin, cwd, part } = options;
  const fromStdin = path === "-";
  if (fromStdin && stdin === undefined) throw new SpecError('there is no standard input to read "-" from');
  const read = part ?? unparsed(fromStdin && stdin !== undefined ? await readSpecStream(stdin) : await readSpecFile(path, cwd));
  onText(read.text);
  const folder = await realpath(fromStdin ? cwd : dirname(resolve(cwd, path)));
  const parsed = asSpec(withoutOwnSchema(read.parse()));
  const puts = withModel(overrides, parsed.data, options.model ?? null);
  return {
    data: applyOverrides(parsed.data, puts),
    blame: blameOn(parsed, puts),
    fence: fenceFor(puts, { folder, allowOutside: policy.allowOutside, trusted: policy.trusted }, cwd),
    source: { path: fromStdin ? null : read.name, sha256: read.sha256, folder },
    notes: parsed.notes,
    sounds: parsed.sounds,
  };
}

/** @throws SpecError where it is a result or the like, which is what this program writes, not what it reads here. */
function withoutOwnSchema(parsed: ParsedText): ParsedText {
  const schema = valueAt(parsed.data, ["schema"]);
  if (typeof schema !== "string" || !schema.startsWith("mllm-shap/")) return parsed;
  throw parsed.fail(["schema"], "value", `this is ${schema}, which mllm-shap wrote, and no spec (show, compare and evaluate take results)`);
}

const MODEL: readonly string[] = ["model", "repo"];

/** Put first, so that whatever else names a model wins. */
function withModel(overrides: readonly Override[], data: unknown, model: string | null): readonly Override[] {
  const block = valueAt(data, ["model"]);
  const named = valueAt(data, MODEL) !== undefined || (block !== undefined && (typeof block !== "object" || block === null));
  return model === null || named ? overrides : [{ path: MODEL, value: model, label: "MLLM_SHAP_MODEL" }, ...overrides];
}

/** What other programs wrote is read as a spec, and blamed where it stands. */
function asSpec(parsed: ParsedText): ParsedText & Pick<Adopted, "notes" | "sounds"> {
  const { data, notes, sounds, origin } = adopt(parsed.data);
  return { data, notes, sounds, fail: (path, at, message) => parsed.fail(origin(path), at, message) };
}

/** Values that the command line puts into a spec made by a program. */
export interface RequestOptions {
  /** @default STRICT */
  readonly policy?: Policy;
  /** @default [] */
  readonly overrides?: readonly Override[];
  /** Folder that the overrides' paths start from. @default the spec's folder */
  readonly cwd?: string;
  /** Absolute folders besides the spec's that its files may lie in. @default [] */
  readonly also?: readonly string[];
  /** What errors call the value at a path, for whoever does not know the spec that was made of what they said. @default the path alone */
  readonly called?: (path: Path) => string | undefined;
}

/**
 * The same for a spec made by a program.
 * @param folder absolute folder that relative paths start from.
 */
export async function requestOf(input: SpecInput, folder: string, options: RequestOptions = {}): Promise<ExplainRequest> {
  const { policy = STRICT, overrides = [], cwd = folder, also = [], called } = options;
  const { data: adopted, notes, sounds } = adopt(input);
  const data = applyOverrides(adopted, overrides);
  const blame: Blame = ({ path, message }) => {
    const label = covering(overrides, path)?.label ?? called?.(path);
    return new SpecError(label === undefined ? message : `${label}: ${message}`);
  };
  const spec = check(data, blame);
  const real = await realpath(folder);
  const source = { path: null, sha256: sha256(JSON.stringify(input)), folder: real };
  const fence = fenceFor(
    overrides,
    { folder: real, allowOutside: policy.allowOutside, trusted: [...(policy.trusted ?? []), ...also] },
    cwd,
  );
  const refuse = (problem: Problem): never => {
    throw blame(problem);
  };
  return { spec, source, policy, notes, given: givenKeys(data), paths: await resolvePaths(spec, { fence, sounds }, refuse) };
}

/** Who types a path on the command line starts from their own folder and may go where they like. */
function fenceFor(overrides: readonly Override[], own: Fence, cwd: string): (at: Path) => Fence {
  return (at) => (covering(overrides, at) === undefined ? own : { folder: cwd, allowOutside: true });
}

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

/** Dotted names of all keys in the mappings of `data`. */
function givenKeys(data: unknown, prefix = ""): ReadonlySet<string> {
  if (typeof data !== "object" || data === null || Array.isArray(data)) return new Set();
  return new Set(Object.entries(data).flatMap(([key, value]) => [prefix + key, ...givenKeys(value, `${prefix}${key}.`)]));
}
