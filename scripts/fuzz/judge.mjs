// Runs a command on a case, in time and within memory, and says what is wrong with how it ends.
import { fork, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../bin/mllm-shap.js", import.meta.url));
const HOST = fileURLToPath(new URL("host.mjs", import.meta.url));
/** Built-in decoders only, so that what is tried is ours; never the network. */
const APART = { FFMPEG_PATH: "/nonexistent/ffmpeg", HF_HUB_OFFLINE: "1", HF_HOME: "/nonexistent/hub" };
const LOOK_EVERY_MS = 100;
const PAGE_BYTES = 4096;

function environment(cache) {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }), ...APART, MLLM_SHAP_CACHE: cache };
}

/** @returns the command's end in a process of its own. */
export async function judgeAlone(asked) {
  const child = spawn(process.execPath, [BIN, ...asked.args], {
    cwd: asked.folder,
    env: environment(asked.cache),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = collect(child);
  const watch = watchOver(child, asked);
  const { code, signal } = await ended(child);
  return verdict({ code, signal, ...output }, watch.stop(), asked);
}

/** Runs commands in a process that stays, as long as none of them ends it. */
export function openHost() {
  let child = null;
  let output = null;
  let end = null;
  const start = () => {
    child = fork(HOST, { env: environment(""), stdio: ["ignore", "pipe", "pipe", "ipc"] });
    output = collect(child);
    end = ended(child).then(({ code, signal }) => ({ code, signal, stdout: "", stderr: "" }));
  };
  return {
    async judge(asked) {
      if (child === null || child.exitCode !== null || child.signalCode !== null) start();
      const watch = watchOver(child, asked);
      const said = output.stderr.length;
      child.send({ args: asked.args, folder: asked.folder, env: environment(asked.cache) });
      const answer = await Promise.race([new Promise((resolve) => child.once("message", resolve)), end]);
      child.removeAllListeners("message");
      const seen = watch.stop();
      // What is written past our terminal, by libraries and native code.
      const native = output.stderr.slice(said);
      return verdict({ signal: null, ...answer, stderr: answer.stderr + native }, seen, asked);
    },
    close: () => void child?.kill("SIGKILL"),
  };
}

function collect(child) {
  const text = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) {
    child[name].setEncoding("utf8").on("data", (part) => {
      text[name] += part;
    });
  }
  return text;
}

function ended(child) {
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal }));
  });
}

/** Ends a process that takes too long or too much. */
function watchOver(child, { seconds, bytes }) {
  const seen = { peak: 0, stopped: null };
  const kill = (why) => {
    seen.stopped ??= why;
    child.kill("SIGKILL");
  };
  const clock = setTimeout(() => kill(`took longer than ${seconds} s`), seconds * 1000);
  const looks = setInterval(() => {
    seen.peak = Math.max(seen.peak, residentBytes(child.pid));
    if (seen.peak > bytes) kill(`took more than ${bytes} bytes of memory`);
  }, LOOK_EVERY_MS);
  return {
    stop() {
      clearTimeout(clock);
      clearInterval(looks);
      return seen;
    },
  };
}

/** 0 where the system does not tell. */
function residentBytes(pid) {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * PAGE_BYTES;
  } catch {
    return 0;
  }
}

function verdict(ran, { peak, stopped }, { expected }) {
  return { ...ran, peak, wrong: stopped ?? wrongWith({ ...ran, expected }) };
}

function wrongWith({ code, signal, stdout, stderr, expected }) {
  if (signal !== null) return `died of ${signal}`;
  if (![0, 1, 2].includes(code)) return `exit code ${code}`;
  const lines = stderr.split("\n").slice(0, -1);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is what is asked for
  if (/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(stderr)) return "control characters on stderr";
  if (/^ +at /m.test(stderr)) return "a stack on stderr";
  if (/mllm-shap: unexpected /.test(stderr)) return "an error that nobody thought of";
  const own = lines.filter((line) => line.startsWith("mllm-shap: "));
  const other = lines.filter((line) => !/^(?:mllm-shap: |warning: |[\w .-]+: \d+|[\w.-]+:\d+ \(\d+ of \d+\)$)/.test(line));
  if (other.length > 0) return `a line that is not ours on stderr: ${JSON.stringify(other[0])}`;
  // A file may hold several conversations: a line for each that failed, and how many did not.
  const [, explained, all] = /^mllm-shap: (\d+) of (\d+) specs explained$/.exec(own.at(-1) ?? "") ?? [0, 0, 0];
  const failed = code === 0 ? 0 : all > 0 ? all - explained + 1 : 1;
  if (own.length !== failed) return `${own.length} lines of errors with exit code ${code}`;
  if (own.some((line) => line.length > 2_000)) return "an error of more than 2,000 characters";
  if (code === 0 && stdout === "") return "exit code 0 without a result";
  if (expected !== undefined && code === 0 && stdout !== expected) return "another result than without the damage";
  return null;
}
