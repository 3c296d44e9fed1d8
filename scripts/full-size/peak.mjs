import { writeFileSync } from "node:fs";

/* Preloaded into a command that is measured: leaves the most memory that its process had, in bytes, in a file. */

process.on("exit", () => writeFileSync(process.env.PEAK_FILE, String(process.resourceUsage().maxRSS * 1024)));
