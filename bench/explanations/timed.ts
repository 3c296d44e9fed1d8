import { InferenceSession } from "onnxruntime-node";

/** Wall time, and the part of it that native calls took; seconds. */
export async function timed(work: () => Promise<unknown>): Promise<{ readonly seconds: number; readonly inside: number }> {
  const { prototype } = InferenceSession as unknown as { readonly prototype: { run: (...args: unknown[]) => Promise<unknown> } };
  const { run } = prototype;
  let inside = 0;
  prototype.run = async function (this: unknown, ...args: unknown[]): Promise<unknown> {
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
    prototype.run = run;
  }
}
