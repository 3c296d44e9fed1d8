import { writeFileSync } from "node:fs";

/* Preloaded into a command that is measured: leaves the most memory that its process had, and its processor time, in a file. */

process.on("exit", () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  writeFileSync(process.env.USAGE_FILE, JSON.stringify({ peakBytes: maxRSS * 1024, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6 }));
});
