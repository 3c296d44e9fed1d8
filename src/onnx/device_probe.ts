import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { type Lazy, lazy } from "../util/lazy.js";

/** One node, y = x: what a device must be able to load at least. */
const IDENTITY = "CAg6NwoQCgF4EgF5IghJZGVudGl0eRIBcFoPCgF4EgoKCAgBEgQKAggBYg8KAXkSCgoICAESBAoCCAFCAhAR";

/** What a driver may take to start. */
const LIMIT_MS = 60_000;

const probes = new Map<string, Lazy<string | null>>();

/**
 * Tries a device in a process of its own. Drivers that cannot start print to stderr by themselves, and some end the process that loads them.
 * @returns null where it can be used, else why it cannot. Asked once for each device.
 */
export async function whyUnusable(provider: string): Promise<string | null> {
  const probe = probes.get(provider) ?? lazy(() => tryIt(provider));
  probes.set(provider, probe);
  return await probe.get();
}

/** Exported for the test: `cpu` shows that what is tried is a sound graph. */
export async function tryIt(provider: string): Promise<string | null> {
  const runtime = pathToFileURL(createRequire(import.meta.url).resolve("onnxruntime-node")).href;
  const script = `
    const { InferenceSession, env } = (await import(${JSON.stringify(runtime)})).default;
    env.logLevel = "fatal";
    const options = { executionProviders: [${JSON.stringify(provider)}], logSeverityLevel: 4 };
    const failed = await InferenceSession.create(Buffer.from("${IDENTITY}", "base64"), options).then(() => null, (error) => error);
    process.stdout.write("\\n" + JSON.stringify(failed === null ? null : String(failed.message)) + "\\n", () => process.exit(0));
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "ignore"],
    timeout: LIMIT_MS,
  });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    out += chunk;
  });
  return await new Promise((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code, signal) => {
      const said = out.trimEnd().split("\n").at(-1) ?? "";
      resolve(said === "" ? `its driver ended the process that tried it (${signal ?? `exit code ${code}`})` : reasonIn(JSON.parse(said)));
    });
  });
}

/** The runtime's own place and condition stand before the reason. */
export function reasonIn(message: string | null): string | null {
  if (message === null) return null;
  // CUDA's own reason stands behind the signatures of the functions that met it.
  const cuda = /CUDA failure \d+: ([^;\n]+)/.exec(message)?.[1];
  if (cuda !== undefined) return cuda.trim();
  const [first = message] = message.split("\n");
  return first.replace(/^.* was false\. /, "").replace(/[.\s]+$/, "");
}
