import { createRng } from "../random.js";
import { branchDepth } from "../util/prefix_classes.js";
import { type PlayerCut, tokensOfCoalition } from "./coalition.js";

/** Players of whom all coalitions are looked at. */
const ALL_OF = 12;
const SAMPLE = 512;

/**
 * Tokens after the shared prefix up to which masked chats are fed once for all that go on with them; 0 = none.
 *
 * Where a chat is cut moves the last bits of what is made of it. So the place depends on the chat and its players alone: not on the
 * coalitions that a sampler asks for, nor on those that are known already.
 */
export function branchOf(cut: PlayerCut): number {
  const prompts = usualCoalitions(cut.players).map((coalition) => tokensOfCoalition(cut, coalition));
  return branchDepth(prompts, cut.sharedPrefix)?.depth ?? 0;
}

/** All of them, or pairs of every size, the same ones each time. */
function usualCoalitions(players: number): readonly Uint8Array[] {
  if (players <= ALL_OF) {
    return Array.from({ length: 2 ** players }, (_, mask) => Uint8Array.from({ length: players }, (__, i) => (mask >> i) & 1));
  }
  const rng = createRng(0);
  return Array.from({ length: SAMPLE }).flatMap(() => {
    const share = rng.float();
    const coalition = Uint8Array.from({ length: players }, () => (rng.float() < share ? 1 : 0));
    return [coalition, coalition.map((kept) => 1 - kept)];
  });
}
