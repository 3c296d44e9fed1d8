// Compares a device with the CPU: the example configurations, then every graph of fixtures/zoo with what is known of it.
//   npm run build && node scripts/gpu-check.mjs cuda          (or webgpu; cpu shows what the CPU itself reaches)
// docs/gpu.md quotes its table.
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { TransformersCausalText } from "../dist/connectors/causal_text/model.js";
import { loadSpec, requestOf } from "../dist/spec/load.js";
import { explain } from "../dist/tasks/explain.js";

const [device = "cuda"] = process.argv.slice(2);
const root = fileURLToPath(new URL("..", import.meta.url));
const zoo = join(root, "fixtures/zoo");
const CONFIGS = ["demo.yaml", "payoff-tfidf.yaml", "demo-audio-words.yaml"];
const json = (...path) => JSON.parse(readFileSync(join(zoo, ...path), "utf8"));
const farthest = (got, want) => want.reduce((most, value, i) => Math.max(most, Math.abs(value - (got[i] ?? Number.NaN))), 0);
const short = (value) => value.toExponential(1);
const valuesOf = ({ players, payoff }) => [...players.map(({ value }) => value), payoff.full, payoff.empty];

for (const config of CONFIGS) {
  const run = async (on) => {
    const override = [{ path: ["model", "device"], value: on, flag: "--device" }];
    const request = await loadSpec(join(root, "configs", config), { overrides: override });
    const started = performance.now();
    const result = await explain(request);
    return {
      values: valuesOf(result),
      seconds: (performance.now() - started) / 1000,
      provider: result.model.provider ?? result.runtime?.provider,
    };
  };
  const [cpu, other] = [await run("cpu"), await run(device)];
  const difference = short(farthest(other.values, cpu.values));
  console.log(
    `${config}: ${other.provider} differs from cpu by ${difference}; ${cpu.seconds.toFixed(1)} s on cpu, ${other.seconds.toFixed(1)} s`,
  );
}

/** @returns a folder with one exported model as a user has it. */
function unpack(family, name, files) {
  const folder = mkdtempSync(join(tmpdir(), "gpu-check-"));
  for (const part of [files, name]) cpSync(join(zoo, family, part), folder, { recursive: true });
  for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".gz")) continue;
    writeFileSync(join(folder, file.slice(0, -3)), gunzipSync(readFileSync(join(folder, file))));
    rmSync(join(folder, file));
  }
  return folder;
}

/** The largest differences of one graph from what is known of it. */
async function differences(family, name) {
  const { files, dtype, truth } = json(family, name, "cell.json");
  const torch = json(family, "truth.json");
  const base = !existsSync(join(zoo, family, "transformers4/chat_template.jinja"));
  const folder = unpack(family, name, files);
  const model = await TransformersCausalText.load({ config: { repoId: folder }, device, threads: 1, ...(dtype === null ? {} : { dtype }) });
  const found = { scores: 0, values: 0, greedy: 0 };
  try {
    const asMessage = ({ role, content }) => ({ role, content: [{ kind: "text", text: content }] });
    for (const [i, one] of torch.chats.entries()) {
      const known = { ...one, ...truth?.chats[i] };
      const chat = base
        ? await model.buildPrompt(known.messages.map(({ content }) => content))
        : await model.buildChat(known.messages.map(asMessage));
      const [scores] = await model.score([chat], model.encodeResponse(known.answer, chat));
      found.scores = Math.max(found.scores, farthest([...scores], known.scores));
      const [answer] = await model.generateBatch([chat], { maxNewTokens: 16 });
      if (known.lead > 0.1 && [...answer.generatedTextTokens].join() !== known.greedy.join()) found.greedy += 1;
    }
    for (const [i, one] of torch.games.entries()) {
      const known = { ...one, ...truth?.games[i] };
      const asked = base
        ? { prompt: known.messages.map(({ content }) => content).join(""), answer: known.answer }
        : { messages: [...known.messages, { role: "assistant", content: known.answer }] };
      const spec = {
        model: { connector: "transformers-text", repo: folder, device },
        ...asked,
        explain: { players: "word", sampler: "exact" },
        run: { cache: false },
      };
      const result = await explain(await requestOf(spec, folder), { model });
      found.values = Math.max(found.values, farthest(valuesOf(result), [...known.values, known.full, known.empty]));
    }
  } finally {
    await model.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
  return found;
}

const exporters = new Map();
for (const family of readdirSync(zoo)) {
  for (const name of readdirSync(join(zoo, family))) {
    if (!existsSync(join(zoo, family, name, "cell.json"))) continue;
    const row = exporters.get(name) ?? { graphs: 0, failed: [], scores: 0, values: 0, greedy: 0 };
    exporters.set(name, row);
    row.graphs += 1;
    try {
      const { scores, values, greedy } = await differences(family, name);
      Object.assign(row, { scores: Math.max(row.scores, scores), values: Math.max(row.values, values), greedy: row.greedy + greedy });
    } catch (error) {
      row.failed.push(`${family}: ${error.message}`);
    }
  }
}
console.log("\nexporter\tgraphs\tfailed\tlog-probabilities\tvalues\tgreedy answers that differ");
for (const [name, { graphs, failed, scores, values, greedy }] of exporters) {
  console.log([name, graphs, failed.length, short(scores), short(values), greedy].join("\t"));
  for (const reason of failed) console.log(`  ${reason}`);
}
process.exitCode = [...exporters.values()].some(({ failed }) => failed.length > 0) ? 1 : 0;
