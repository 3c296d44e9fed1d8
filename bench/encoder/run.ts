import { fileURLToPath } from "node:url";
import { inChild } from "../shared/child.js";
import { inRepository } from "../shared/root.js";
import type { EncoderPeak, EncoderTask } from "./child.js";

const EMBEDDED = fileURLToPath(inRepository("fixtures/models/nano/audio/onnx/audio_encoder.onnx"));

/** Minutes of sound, each measured in a process of its own. */
const FULL = [1, 2, 3, 4];
const QUICK = [0.1];

export function run(path: string = EMBEDDED, quick = false): void {
  console.log("| minutes | rows | peak above the loaded model, MiB | bytes a pair of rows |\n|---|---|---|---|");
  for (const minutes of quick ? QUICK : FULL) {
    const task: EncoderTask = { path, frames: minutes * 6_000 };
    const { rows, bytes } = inChild(new URL("child.js", import.meta.url), task) as EncoderPeak;
    console.log(`| ${minutes} | ${rows} | ${(bytes / 2 ** 20).toFixed(0)} | ${(bytes / rows ** 2).toFixed(1)} |`);
  }
}
