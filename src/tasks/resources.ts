import type { Resources } from "../repos/resources.js";
import type { ExplainRequest } from "../spec/request.js";

/** What the program that runs a request brings along. */
export type CallerResources = Pick<Resources, "cacheDir" | "hashes" | "token" | "ffmpegPath" | "signal" | "onEvent">;

/** What a request's run may use: what its caller brings, what the policy permits, and the device and threads of its spec. */
export function resourcesOf({ spec, policy }: ExplainRequest, caller: CallerResources): Resources {
  const { cacheDir, hashes, token, ffmpegPath, signal, onEvent } = caller;
  return {
    device: spec.model.device,
    threads: spec.run.threads,
    allowDownload: policy.allowDownload,
    offline: policy.offline,
    cacheDir,
    hashes,
    token,
    server: policy.server,
    ffmpegPath,
    signal,
    onEvent,
  };
}
