import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";

/** What numbers depend on in their last digits besides the runtime: the processor, its instructions where they are told, and its cores. */
export function processorInWords(): string {
  return [process.arch, cpus()[0]?.model ?? "", availableParallelism(), instructions()].join(" ");
}

/** Virtual machines call different processors the same. */
function instructions(): string {
  if (process.platform !== "linux") return "";
  try {
    const told = readFileSync("/proc/cpuinfo", "utf8");
    return /^(?:flags|Features)\s*:(.*)$/m.exec(told)?.[1]?.trim() ?? "";
  } catch {
    return "";
  }
}
