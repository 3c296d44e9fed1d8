import { SpecError } from "../errors.js";
import type { PayoffCommand, Policy } from "../spec/request.js";
import { parseTextList } from "../util/json.js";
import { type ServerFlags, serverOf } from "./server.js";
import { userSettings } from "./user_settings.js";

export interface PolicyFlags extends ServerFlags {
  readonly allowOutside?: boolean;
  readonly allowDownload?: boolean;
  readonly offline?: boolean;
  readonly payoffCommand?: string;
  readonly payoffTimeout?: string;
}

/** Seconds that one call of a payoff command may take. */
export const PAYOFF_TIMEOUT_S = 600;

/** What the person at the keyboard permits, flags first, then the environment. */
export function policyOf(flags: PolicyFlags, env: NodeJS.ProcessEnv): Policy {
  return {
    allowOutside: flags.allowOutside === true,
    allowDownload: flags.allowDownload === true,
    offline: flags.offline === true || isOn(env.HF_HUB_OFFLINE),
    trusted: userSettings(env).trusted,
    payoffCommand: payoffCommand(flags),
    server: serverOf(flags, env),
  };
}

/** Access token for the hub. */
export function tokenOf({ HF_TOKEN }: NodeJS.ProcessEnv): string | undefined {
  return HF_TOKEN === "" ? undefined : HF_TOKEN;
}

/** Executable of ffmpeg, where it is not the one on PATH. */
export function ffmpegOf({ FFMPEG_PATH }: NodeJS.ProcessEnv): string | undefined {
  return FFMPEG_PATH === "" ? undefined : FFMPEG_PATH;
}

/** As huggingface_hub reads its switches. */
function isOn(value: string | undefined): boolean {
  return ["1", "ON", "YES", "TRUE"].includes((value ?? "").toUpperCase());
}

function payoffCommand({ payoffCommand, payoffTimeout }: PolicyFlags): PayoffCommand | null {
  if (payoffCommand === undefined) return null;
  const timeoutS = payoffTimeout === undefined ? PAYOFF_TIMEOUT_S : Number(payoffTimeout);
  if (!(timeoutS > 0 && timeoutS < Number.POSITIVE_INFINITY))
    throw new SpecError(`--payoff-timeout ${payoffTimeout}: must be a number of seconds`);
  return { argv: argvOf(payoffCommand), timeoutS };
}

/** A JSON list of program and arguments, or the same separated by blanks. No shell reads it. */
function argvOf(text: string): readonly string[] {
  const argv = text.trim().startsWith("[") ? jsonList(text) : text.trim().split(/\s+/);
  if (argv[0] === undefined || argv[0] === "") throw new SpecError("--payoff-command: is empty; give a program and its arguments");
  return argv;
}

function jsonList(text: string): readonly string[] {
  const fail = (cause?: unknown) =>
    new SpecError('--payoff-command: must be a JSON list of texts, such as ["python3", "score.py"]', { cause });
  try {
    const list = parseTextList(text);
    if (list !== null) return list;
  } catch (cause) {
    throw fail(cause);
  }
  throw fail();
}
