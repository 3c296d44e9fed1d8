import { DecoderGraph } from "../../src/decoding/graph.js";

/** Wall time, and the part of it that passes took, on their way to the runtime's thread and back included; seconds. */
export async function timed(work: () => Promise<unknown>): Promise<{ readonly seconds: number; readonly inside: number }> {
  const { run } = DecoderGraph.prototype;
  let inside = 0;
  DecoderGraph.prototype.run = async function (this: DecoderGraph, ...args: Parameters<typeof run>): ReturnType<typeof run> {
    const started = performance.now();
    try {
      return await run.apply(this, args);
    } finally {
      inside += performance.now() - started;
    }
  };
  const started = performance.now();
  try {
    await work();
    return { seconds: (performance.now() - started) / 1000, inside: inside / 1000 };
  } finally {
    DecoderGraph.prototype.run = run;
  }
}
