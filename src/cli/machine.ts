import { mkdtemp, rm, statfs, writeFile } from "node:fs/promises";
import { availableParallelism, freemem, tmpdir } from "node:os";
import { join } from "node:path";
import { getHFHubCachePath } from "@huggingface/hub";
import { execa } from "execa";
import type { CheckRow } from "../connectors/check_row.js";
import { devices } from "../connectors/inventory.js";
import { makeFolder } from "../memo/own_files.js";
import { firstLine } from "../onnx/session.js";
import { gibibytes, memoryBytes } from "../util/sizes.js";
import { RUNTIME, VERSION } from "../version.js";
import { memoBytes, memoFolder } from "./memo_folder.js";
import { ffmpegOf } from "./policy.js";
import { readServers, serversFile, settledServers } from "./server_names.js";
import { settingsFile, userSettings } from "./user_settings.js";

type Env = NodeJS.ProcessEnv;

/** One row for everything of the machine that a run depends on; what only some runs need is skipped where it is not there. */
export async function examineMachine(env: Env): Promise<readonly CheckRow[]> {
  const memory = memoryBytes();
  return [
    passed("mllm-shap", VERSION, `Node ${process.versions.node}, onnxruntime ${RUNTIME.onnxruntime}, ${process.platform} ${process.arch}`),
    passed("machine", `${availableParallelism()} cores, ${gibibytes(memory)} of memory`, `${gibibytes(Math.min(memory, freemem()))} free`),
    ...(await deviceRows()),
    await ffmpegRow(env),
    await folderRow("answers", "remembered answers (MLLM_SHAP_CACHE)", () => memoFolder(env)),
    await folderRow("temporary", "temporary files (TMPDIR)", () => tmpdir()),
    passed("hub cache", getHFHubCachePath(), "models that were downloaded (HF_HOME)"),
    await row("settings", settingsFile(env), async () => {
      const { model, trusted } = userSettings(env);
      const servers = Object.keys(settledServers(env));
      return `model: ${model ?? "none"}; trusted folders: ${named(trusted)}; servers: ${named(servers)}; answers take at most ${gibibytes(memoBytes(env))}`;
    }),
    await row("servers", serversFile(env), async () => {
      const servers = readServers(serversFile(env));
      return servers === null ? "no such file; the settings file may name servers too" : `servers: ${named(Object.keys(servers))}`;
    }),
  ];
}

const named = (list: readonly string[]): string => (list.length === 0 ? "none" : list.join(", "));

const passed = (check: string, found: string, detail: string): CheckRow => ({ check, found, status: "passed", detail });

async function row(check: string, found: string, detail: () => Promise<string>): Promise<CheckRow> {
  try {
    return passed(check, found, await detail());
  } catch (error) {
    return { check, found, status: "failed", detail: firstLine(error) };
  }
}

/** A cpu must work; the others are there or not. */
async function deviceRows(): Promise<readonly CheckRow[]> {
  return (await devices()).map(({ device, usable, reason }) => ({
    check: device,
    found: usable ? "usable" : "not usable",
    status: usable ? "passed" : device === "cpu" ? "failed" : "skipped",
    detail: reason ?? "",
  }));
}

async function ffmpegRow(env: Env): Promise<CheckRow> {
  const file = ffmpegOf(env) ?? "ffmpeg";
  try {
    const { stdout } = await execa(file, ["-version"], { timeout: 10_000 });
    return passed("ffmpeg", file, firstLine(stdout));
  } catch {
    const detail = "wav, mp3, flac, ogg, opus, webm and AMR are read without it; it reads what else there is, and writes mp3";
    return { check: "ffmpeg", found: `${file} does not run`, status: "skipped", detail };
  }
}

/** Can it be written, and how much room is there? */
async function folderRow(check: string, what: string, folder: () => string): Promise<CheckRow> {
  const path = folder();
  return await row(check, path, async () => {
    await makeFolder(path, 0o700);
    const tried = await mkdtemp(join(path, ".tried-"));
    try {
      await writeFile(join(tried, "file"), "x");
    } finally {
      await rm(tried, { recursive: true, force: true });
    }
    const { bavail, bsize } = await statfs(path);
    return `${what}; ${gibibytes(bavail * bsize)} free`;
  });
}
