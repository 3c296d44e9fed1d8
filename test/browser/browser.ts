import { existsSync } from "node:fs";

const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** A Chromium of this machine, or null: MLLM_SHAP_BROWSER names one elsewhere. */
export const BROWSER: string | null = process.env.MLLM_SHAP_BROWSER ?? PLACES.find((path) => existsSync(path)) ?? null;
