import { type Profiler, Session } from "node:inspector/promises";

/** Functions that are listed. */
const MOST = 8;

/**
 * Share of the samples of a processor profile that fall on functions of a file; the rest is native code, the collector and waiting.
 * The functions that take most go to stderr.
 */
export async function profiled(work: () => Promise<unknown>): Promise<number> {
  const profile = await profileOf(work);
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const times = new Map<string, number>();
  let [ours, all] = [0, 0];
  for (const [i, sample] of (profile.samples ?? []).entries()) {
    const time = profile.timeDeltas?.[i] ?? 0;
    const frame = frames.get(sample);
    all += time;
    // The one function there that matters makes the native call.
    if (frame === undefined || frame.url === "" || frame.url.includes("onnxruntime-node/dist/backend.js")) continue;
    ours += time;
    const name = `${frame.functionName || "(anonymous)"} ${frame.url.split("/").slice(-2).join("/")}:${frame.lineNumber + 1}`;
    times.set(name, (times.get(name) ?? 0) + time);
  }
  const most = [...times].sort(([, a], [, b]) => b - a).slice(0, MOST);
  for (const [name, time] of most) console.error(`${((100 * time) / all).toFixed(1).padStart(6)} %  ${name}`);
  return ours / all;
}

async function profileOf(work: () => Promise<unknown>): Promise<Profiler.Profile> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.start");
  await work();
  const { profile } = await session.post("Profiler.stop");
  session.disconnect();
  return profile;
}
