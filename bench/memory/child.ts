import { join } from "node:path";
import { openDecoder } from "../../src/decoding/engine.js";
import { TextPolicy } from "../../src/decoding/text_policy.js";
import { createRng } from "../../src/random.js";
import { reply, task } from "../shared/child.js";

export interface MemoryTask {
  readonly folder: string;
  readonly vocabulary: number;
  readonly payoff: "likelihood" | "generated";
  /** MiB */
  readonly limit: number;
  /** Tokens before the first player, and that are players. */
  readonly before: number;
  readonly players: number;
  readonly coalitions: number;
}

/** MiB of the process at its peak: with the model loaded, and what came on top of that. */
export interface Peak {
  readonly loaded: number;
  readonly over: number;
}

const MIB = 2 ** 20;
const peak = (): number => process.resourceUsage().maxRSS / 1024;

reply(await measure(task() as MemoryTask));

async function measure({ folder, vocabulary, payoff, limit, ...size }: MemoryTask): Promise<Peak> {
  const options = { device: "cpu", threads: 0, memory: limit * MIB, batchSize: null, vocabulary } as const;
  const engine = await openDecoder(join(folder, "onnx", "model.onnx"), options);
  const rng = createRng(6);
  const ids = (count: number): number[] => Array.from({ length: count }, () => 3 + rng.int(vocabulary - 3));
  const [before, players, after] = [ids(size.before), ids(size.players), ids(5)];
  const prompts = Array.from({ length: size.coalitions }, () =>
    Int32Array.from([...before, ...players.filter((_, i) => i % 2 === rng.int(2)), ...after]),
  );
  const loaded = peak();
  const shared = { sharedPrefix: before.length };
  if (payoff === "likelihood") await engine.score(prompts, { targets: Int32Array.from(ids(24)), ...shared });
  else {
    const settings = { sampling: { temperature: 0, topK: 1 }, endIds: new Set<number>(), maxNewTokens: 8, rng: () => rng, answers: null };
    await engine.decode(prompts, { policy: new TextPolicy(settings), maxSteps: 8, ...shared });
  }
  const over = peak() - loaded;
  await engine.release();
  return { loaded, over };
}
