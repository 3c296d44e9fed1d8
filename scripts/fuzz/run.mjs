// Throws damaged and hostile input at the command line: specs, sound, model folders, results, archives and remembered answers, changed in their structure.
// Each command must end in time and within memory with exit code 0, 1 or 2, and, where it fails, with one line that says why.
//
//   npm run fuzz -- [--seconds 60] [--seed 1] [--kind spec,audio,model,memo,result,archive] [--jobs 2] [--limit 60] [--keep FOLDER]
//   npm run fuzz -- --case KIND:SEED [--keep FOLDER]      makes one case again, runs it and shows what it says
//
// Needs a build. Cases follow each other in processes that stay, which is faster; --case runs one in a process of its own. Case I of a kind has seed SEED + I. Failures are printed with what makes them again; their files go to --keep. Exit code 1 on a failure.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { archiveCase } from "./archives.mjs";
import { audioCase } from "./audio.mjs";
import { judgeAlone, openHost } from "./judge.mjs";
import { memoCase } from "./memos.mjs";
import { modelCase } from "./models.mjs";
import { resultCase } from "./results.mjs";
import { createRng } from "./rng.mjs";
import { filesBelow, openSources, removeFolder } from "./sources.mjs";
import { specCase } from "./specs.mjs";

const KINDS = { spec: specCase, audio: audioCase, model: modelCase, memo: memoCase, result: resultCase, archive: archiveCase };
const ARCHIVE = "sound.mshap";
const MEMORY_BYTES = 2.5 * 2 ** 30;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: "1" },
    kind: { type: "string", default: Object.keys(KINDS).join(",") },
    jobs: { type: "string", default: "2" },
    limit: { type: "string", default: "60" },
    keep: { type: "string" },
    case: { type: "string" },
  },
});
const kinds = values.kind.split(",");
const stray = kinds.find((kind) => !Object.hasOwn(KINDS, kind));
if (stray !== undefined) throw new Error(`--kind ${stray}: must be one of ${Object.keys(KINDS).join(", ")}`);
const limits = { seconds: Number(values.limit), bytes: MEMORY_BYTES };

function freshFolder(name) {
  return mkdtempSync(join(tmpdir(), `mllm-shap-fuzz-${name}-`));
}

function lay(folder, files) {
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes, { mode: 0o600 });
  }
  chmodSync(folder, 0o700);
}

/** What a sound run remembers and prints. */
async function soundRun() {
  const folder = freshFolder("sound");
  try {
    const { files, args } = memoCase(createRng(0), { memo: () => ({ files: {}, stdout: "" }) });
    lay(folder, files);
    const ran = await judgeAlone({ args: [...args, "--archive", ARCHIVE], folder, cache: join(folder, "cache"), ...limits });
    if (ran.code !== 0) throw new Error(`a sound run fails: ${ran.stderr}`);
    return { files: filesBelow(join(folder, "cache")), stdout: ran.stdout, archive: readFileSync(join(folder, ARCHIVE)) };
  } finally {
    removeFolder(folder);
  }
}

async function runCase(kind, seed, sources, judge) {
  const made = KINDS[kind](createRng(seed), sources);
  const folder = freshFolder(kind);
  try {
    lay(folder, made.files);
    const ran = await judge({ args: made.args, folder, cache: join(folder, "cache"), expected: made.stdout, ...limits });
    if (ran.wrong !== null && values.keep !== undefined) lay(join(values.keep, `${kind}-${seed}`), made.files);
    return { kind, seed, args: made.args, from: made.from, ...ran };
  } finally {
    removeFolder(folder);
  }
}

async function fuzz(sources) {
  const until = Date.now() + Number(values.seconds) * 1000;
  const counts = Object.fromEntries(kinds.map((kind) => [kind, { cases: 0, accepted: 0, failures: 0, peak: 0 }]));
  let next = 0;
  const work = async () => {
    const host = openHost();
    while (Date.now() < until) {
      const kind = kinds[next % kinds.length];
      const seed = Number(values.seed) + Math.floor(next++ / kinds.length);
      const ran = await runCase(kind, seed, sources, host.judge);
      const count = counts[kind];
      count.cases++;
      count.accepted += ran.code === 0 ? 1 : 0;
      count.peak = Math.max(count.peak, ran.peak);
      if (ran.wrong === null) continue;
      count.failures++;
      const last = ran.stderr.trim().split("\n").at(-1)?.slice(0, 300);
      console.log(
        `FAILED --case ${kind}:${seed} (${[...ran.args, ran.from ?? ""].join(" ").trim()}): ${ran.wrong}; last line: ${JSON.stringify(last)}`,
      );
    }
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, work));
  for (const [kind, { cases, accepted, failures, peak }] of Object.entries(counts)) {
    console.log(`${kind}: ${cases} cases, ${accepted} accepted, ${failures} failures, at most ${Math.round(peak / 2 ** 20)} MiB`);
  }
  return Object.values(counts).every(({ cases, failures }) => cases > 0 && failures === 0);
}

const sources = await openSources(soundRun);
if (values.case === undefined) process.exitCode = (await fuzz(sources)) ? 0 : 1;
else {
  const [kind, seed] = values.case.split(":");
  const { stdout, ...ran } = await runCase(kind, Number(seed), sources, judgeAlone);
  console.log({ ...ran, stdout: stdout.slice(0, 500) });
  process.exitCode = ran.wrong === null ? 0 : 1;
}
// Pipes of processes that were ended would keep this one.
process.exit();
