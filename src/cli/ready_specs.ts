import { SpecError } from "../errors.js";
import type { Result } from "../results/result_schema.js";
import type { Override } from "../spec/overrides.js";
import type { ExplainRequest } from "../spec/request.js";
import type { Output } from "./outputs.js";
import type { OwnPlaces, Places } from "./places.js";
import { type PolicyFlags, policyOf } from "./policy.js";
import { requireAsked, type ServerFlags } from "./server.js";
import { type Telling, tell } from "./telling.js";
import { nameOf, requestFrom, type SpecSource, type TypedFlags } from "./typed_spec.js";

/** A spec that may be explained. */
export interface Ready {
  readonly path: string;
  readonly request: ExplainRequest;
  /** Counted from 1. */
  readonly number: number;
  /** What is written of it alone. */
  readonly own: OwnPlaces;
}

interface Checking extends Telling {
  readonly overrides: readonly Override[];
  readonly places: Places;
  readonly flags: PolicyFlags & TypedFlags & ServerFlags;
}

/** Reads every spec before any is explained, and tells of those that cannot be. */
export async function readySpecs(specs: readonly SpecSource[], checking: Checking): Promise<readonly Ready[]> {
  const { flags, context, places, overrides } = checking;
  const ready: Ready[] = [];
  for (const [i, source] of specs.entries()) {
    const path = nameOf(source);
    try {
      if (source === "-" && specs.indexOf("-") < i) throw new SpecError("-: standard input is read once");
      const request = await requestFrom(source, flags, context.env, {
        overrides,
        policy: policyOf(flags, context.env),
        stdin: context.stdin,
        cwd: context.cwd,
      });
      requireAsked(request, flags);
      checking.shown.learn(request);
      if (checking.verbosity.loudness !== "quiet") for (const note of request.notes) context.terminal.say(`${path}: note: ${note}`);
      const own = await places.open(i, inputsOf(request));
      if (!isHeard(request)) refuseWithoutSound([...places.shared, ...own.outputs]);
      ready.push({ path, request, number: i + 1, own });
    } catch (error) {
      if (context.interrupt.signal.aborted) throw error;
      tell(error, path, checking);
    }
  }
  return ready;
}

const isHeard = ({ paths }: ExplainRequest): boolean => paths.audio.size + paths.sounds.size > 0;

/** @throws SpecError before anything is computed where an output could show nothing of it. */
function refuseWithoutSound(outputs: readonly Output<Result>[]): void {
  const silent = outputs.find(({ format }) => format.needsSound === true);
  if (silent === undefined) return;
  const where = silent.file === null ? `--format ${silent.format.name}` : `-o ${silent.file}`;
  throw new SpecError(`${where}: ${silent.format.name} holds stretches of sound, and the conversation has none`);
}

function inputsOf({ source, paths }: ExplainRequest): readonly string[] {
  return [...(source.path === null ? [] : [source.path]), ...paths.audio.values()];
}
