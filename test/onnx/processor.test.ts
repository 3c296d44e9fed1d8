import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { expect, test } from "vitest";
import { processorInWords } from "../../src/onnx/processor.js";

test("a processor is told by its kind, its model, its cores and, on Linux, its instructions", () => {
  const words = processorInWords();
  expect(words.startsWith(`${process.arch} ${cpus()[0]?.model ?? ""} ${availableParallelism()} `)).toBe(true);
  if (process.platform !== "linux") return;
  const told = readFileSync("/proc/cpuinfo", "utf8");
  const [, instruction] = /^(?:flags|Features)\s*:\s*(\S+)/m.exec(told) ?? [];
  if (instruction !== undefined) expect(words.split(" ")).toContain(instruction);
});
