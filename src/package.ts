import { readFileSync } from "node:fs";

/** @param manifest a package.json. */
export function versionOf(manifest: URL | string): string {
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}

/** Version of this package. */
export const VERSION: string = versionOf(new URL("../package.json", import.meta.url));
