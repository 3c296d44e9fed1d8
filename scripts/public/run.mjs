// `npm run test:public [-- smollm2 minilm gemma]`: builds public weights, records what torch says of them, and compares this package with it.
// They are kept in MLLM_SHAP_PUBLIC, else in mllm-shap-public in the user's cache folder; PYTHON names the interpreter (3.10 or newer).
import { spawnSync } from "node:child_process";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const UNREACHABLE = 75;
const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "../..");
const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
const folder = resolve(process.env.MLLM_SHAP_PUBLIC || join(cache, "mllm-shap-public"));
const python = process.env.PYTHON || "python3";
const asked = process.argv.slice(2);
const models = asked.length > 0 ? asked : ["smollm2", "minilm"];

/** Ends here where there is nothing to test with; any other failure is one. */
function skip(why) {
  console.log(`skipped: ${why}`);
  process.exit(0);
}

function run(program, args, env = {}) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: "inherit", env: { ...process.env, ...env } });
  if (error !== undefined) throw error;
  return status;
}

const probe = spawnSync(python, ["-c", "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))"], { stdio: "ignore" });
if (probe.status !== 0) skip(`${python} is no Python of 3.10 or newer with venv; PYTHON names another`);

const built = run(python, [join(here, "build.py"), folder, ...models]);
if (built === UNREACHABLE) skip("the Python package index cannot be reached, or does not have what is asked of it");
if (built !== 0) process.exit(built ?? 1);
for (const model of models.filter((name) => name !== "minilm")) {
  const recorded = run(join(folder, "venvs/optimum/bin/python"), [join(here, "truth.py"), folder, model]);
  if (recorded !== 0) process.exit(recorded ?? 1);
}
const vitest = ["node_modules/vitest/vitest.mjs", "run", "--config", "vitest.public.config.ts"];
process.exit(run(process.execPath, vitest, { MLLM_SHAP_PUBLIC: folder, MLLM_SHAP_PUBLIC_MODELS: models.join() }) ?? 1);
