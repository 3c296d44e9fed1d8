import { readFileSync } from "node:fs";

/** What pages carry to answer their reader; `scripts/build.mjs` makes it of `client/`. The same place for src/ and dist/. */
const FILE = new URL("../../../dist/views/html/client/main.js", import.meta.url);

/** @throws where the package was not built. */
export function clientCode(): string {
  return readFileSync(FILE, "utf8").trim().replaceAll("</script", "<\\/script");
}
