// Rewrites package-lock.json from package.json alone, as `npm ci` on any platform wants it.
// npm leaves an optional platform package out of the lock file where the registry (a partial mirror, say) does not list it, and then
// refuses that lock file. Such packages are written in by hand here: they are for other platforms, so nothing is fetched for them.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PLATFORM = /-(android|darwin|freebsd|linux|win32)-(arm64|x64)(-musl)?$/;
const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "lock-"));
try {
  for (const file of ["package.json", ".npmrc"]) copyFileSync(join(root, file), join(folder, file));
  execFileSync("npm", ["install", "--package-lock-only"], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  const lock = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8"));
  for (const entry of Object.values({ ...lock.packages })) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const [, os, cpu, musl] = PLATFORM.exec(name) ?? [];
      if (os === undefined || `node_modules/${name}` in lock.packages) continue;
      const libc = os === "linux" ? { libc: [musl === undefined ? "glibc" : "musl"] } : {};
      lock.packages[`node_modules/${name}`] = {
        version,
        cpu: [cpu],
        ...(entry.dev ? { dev: true } : {}),
        ...libc,
        optional: true,
        os: [os],
      };
      console.error(`added ${name}@${version}`);
    }
  }
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(join(root, "package-lock.json"), `${JSON.stringify(lock, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
