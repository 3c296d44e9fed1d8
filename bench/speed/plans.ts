import type { Plan } from "../shared/measure.js";

/** What is done by and by; the last is what every run does. */
export const PLANS = {
  "batch 1": { batchSize: 1, speculation: false, shareStarts: false },
  "equal-length batches": { batchSize: null, speculation: false, shareStarts: false },
  "+ shared starts": { batchSize: null, speculation: false, shareStarts: true },
  "+ checked guesses (default)": { batchSize: null, speculation: true, shareStarts: true },
} as const satisfies Record<string, Plan>;

export type PlanName = keyof typeof PLANS;

export const PLAN_NAMES = Object.keys(PLANS) as readonly PlanName[];
