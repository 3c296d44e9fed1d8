import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openDecoder } from "../dist/decoding/engine.js";
import { TextPolicy } from "../dist/decoding/text_policy.js";
import { createRng } from "../dist/random.js";
import { RANDOM_28M, writeModelFolder } from "../dist-bench/bench/model.js";

/*
 * Peak memory of long conversations under --memory: 2,000 tokens, the last 200 of them players, each measured in a process of its own.
 *   npm run bench:memory
 */

const FOLDER = join(tmpdir(), "mllm-shap-bench", "28m");
const MIB = 2 ** 20;
const peak = () => process.resourceUsage().maxRSS / 1024;

if (process.argv.length > 2) await measure(process.argv[2], Number(process.argv[3]));
else {
  if (!existsSync(join(FOLDER, "config.json"))) writeModelFolder(FOLDER, RANDOM_28M);
  console.log("| payoff | --memory | model loaded, MiB | on top of it, MiB |\n|---|---|---|---|");
  for (const payoff of ["likelihood", "generated"]) {
    for (const limit of [256, 1024]) {
      process.stdout.write(execFileSync(process.execPath, [fileURLToPath(import.meta.url), payoff, String(limit)], { encoding: "utf8" }));
    }
  }
}

async function measure(payoff, limit) {
  const { vocabulary } = RANDOM_28M;
  const options = { device: "cpu", threads: 0, memory: limit * MIB, batchSize: null, vocabulary };
  const engine = await openDecoder(join(FOLDER, "onnx", "model.onnx"), options);
  const rng = createRng(6);
  const ids = (count) => Array.from({ length: count }, () => 3 + rng.int(vocabulary - 3));
  const [before, players, after] = [ids(1795), ids(200), ids(5)];
  const prompts = Array.from({ length: 64 }, () =>
    Int32Array.from([...before, ...players.filter((_, i) => i % 2 === rng.int(2)), ...after]),
  );
  const loaded = peak();
  const shared = { sharedPrefix: before.length };
  if (payoff === "likelihood") await engine.score(prompts, { targets: Int32Array.from(ids(24)), ...shared });
  else {
    const settings = { sampling: { temperature: 0, topK: 1 }, endIds: new Set(), maxNewTokens: 8, rng: () => rng, answers: null };
    await engine.decode(prompts, { policy: new TextPolicy(settings), maxSteps: 8, ...shared });
  }
  console.log(`| ${payoff} | ${limit} MiB | ${loaded.toFixed(0)} | ${(peak() - loaded).toFixed(0)} |`);
  await engine.release();
}
