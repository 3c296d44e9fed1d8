// Makes the pictures of docs/images with the built package and a Chromium (development only):
//   npm run build && npm run docs:screenshots
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { pictures } from "./pictures.mjs";

for (const [name, bytes] of await pictures()) {
  writeFileSync(fileURLToPath(new URL(`../../docs/images/${name}`, import.meta.url)), bytes);
  console.log(`${name}: ${Math.round(bytes.length / 1000)} kB`);
}
