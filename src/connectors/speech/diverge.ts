import { divergeSteps } from "../../decoding/divergence.js";
import type { DecoderEngine } from "../../decoding/engine.js";
import type { Embed } from "../../decoding/graph.js";
import type { DivergeOptions } from "../types.js";

/** What a call is served: the prompts of its chats, and what they are embedded by. */
interface Served {
  readonly prompts: readonly Int32Array[];
  readonly embed: Embed;
}

/**
 * `divergeSteps` of chats whose rows belong to one call.
 * @param ids of the answer's steps.
 * @param requireRoom throws where a prompt of that length and the answer do not fit.
 */
export async function divergeServed(
  engine: DecoderEngine,
  { prompts: [reference, ...prompts], embed }: Served,
  ids: Int32Array,
  { sharedPrefix, branch, signal, onResult }: DivergeOptions,
  requireRoom: (length: number) => void,
): Promise<readonly Float64Array[]> {
  const whole = reference as Int32Array;
  for (const { length } of [whole, ...prompts]) requireRoom(length);
  return await divergeSteps(engine, prompts, {
    ids,
    reference: whole,
    sharedPrefix: sharedPrefix ?? null,
    branch,
    signal,
    embed,
    onResult,
  });
}
