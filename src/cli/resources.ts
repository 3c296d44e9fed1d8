import type { OnEvent } from "../events.js";
import { diskHashes } from "../memo/hashes.js";
import type { Resources } from "../repos/resources.js";
import type { Context } from "./context.js";
import { memoFolder } from "./memo_folder.js";
import { ffmpegOf, type PolicyFlags, policyOf, tokenOf } from "./policy.js";

/** What a command may use of the machine and the network: by its flags, the environment, and until the person interrupts it. */
export function resourcesFor(flags: PolicyFlags, { env, interrupt }: Context, onEvent: OnEvent): Resources {
  const { allowDownload, offline, server } = policyOf(flags, env);
  return {
    allowDownload,
    offline,
    server,
    hashes: diskHashes(memoFolder(env)),
    token: tokenOf(env),
    ffmpegPath: ffmpegOf(env),
    signal: interrupt.signal,
    onEvent,
  };
}
