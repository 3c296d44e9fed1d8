import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";

const script = fileURLToPath(new URL("../scripts/release.mjs", import.meta.url));
let repo: string;

const write = (file: string, text: string): void => writeFileSync(join(repo, file), text);
const read = (file: string): string => readFileSync(join(repo, file), "utf8");
const git = (...args: readonly string[]): string => execFileSync("git", args, { cwd: repo, encoding: "utf8" }).trim();
const release = (...args: readonly string[]) => spawnSync(process.execPath, [script, ...args], { cwd: repo, encoding: "utf8" });

const HEAD = "# Changelog\n\nAll that users notice.\n";
const manifest = (qa: string): string =>
  `${JSON.stringify({ name: "small", version: "0.1.0", scripts: { qa }, type: "module" }, null, 2)}\n`;

beforeEach(() => {
  repo = mkdtempSync(join(tmpdir(), "mllm-shap-release-"));
  git("init", "--quiet", "--initial-branch", "main");
  git("config", "user.name", "Somebody");
  git("config", "user.email", "somebody@example.com");
  write("package.json", manifest('node -e ""'));
  write(
    "package-lock.json",
    `${JSON.stringify({ name: "small", version: "0.1.0", packages: { "": { name: "small", version: "0.1.0" } } })}\n`,
  );
  write(
    "CHANGELOG.md",
    `${HEAD}\n## [Unreleased]\n\n### Added\n\n- A thing.\n\n### Fixed\n\n- Another.\n\n## [0.1.0] - 2026-01-01\n\n### Added\n\n- All.\n`,
  );
  write("CITATION.cff", 'cff-version: 1.2.0\nversion: 0.1.0\ndate-released: "2026-01-01"\n');
  git("add", ".");
  git("commit", "--quiet", "-m", "first");
});

afterEach(() => rmSync(repo, { recursive: true, force: true }));

describe("npm run release", () => {
  test("moves what is unreleased, sets versions, commits and tags", () => {
    git("tag", "v0.1.0");
    expect(release("0.2.0", "--date", "2026-02-03")).toMatchObject({ status: 0, stdout: expect.stringContaining("v0.2.0 stands on ") });
    expect(read("CHANGELOG.md")).toBe(
      `${HEAD}\n## [Unreleased]\n\n## [0.2.0] - 2026-02-03\n\n### Added\n\n- A thing.\n\n### Fixed\n\n- Another.\n\n## [0.1.0] - 2026-01-01\n\n### Added\n\n- All.\n`,
    );
    expect(read("CITATION.cff")).toBe('cff-version: 1.2.0\nversion: 0.2.0\ndate-released: "2026-02-03"\n');
    expect(read("package.json")).toBe(manifest('node -e ""').replace("0.1.0", "0.2.0"));
    expect(JSON.parse(read("package-lock.json"))).toMatchObject({
      version: "0.2.0",
      packages: { "": { name: "small", version: "0.2.0" } },
    });
    expect(git("status", "--porcelain")).toBe("");
    expect(git("log", "--format=%s")).toBe("Release 0.2.0\nfirst");
    expect(git("rev-parse", "v0.2.0^{commit}")).toBe(git("rev-parse", "HEAD"));
    expect(git("cat-file", "-t", "v0.2.0")).toBe("tag");
    expect(git("for-each-ref", "--format=%(contents)", "refs/tags/v0.2.0")).toBe(
      "0.2.0\n\n### Added\n\n- A thing.\n\n### Fixed\n\n- Another.",
    );
  });

  test("a section begun for the version takes in what came since, and gets the date", () => {
    expect(release("0.1.0", "--date", "2026-02-03").status).toBe(0);
    expect(read("CHANGELOG.md")).toBe(
      `${HEAD}\n## [Unreleased]\n\n## [0.1.0] - 2026-02-03\n\n### Added\n\n- All.\n- A thing.\n\n### Fixed\n\n- Another.\n`,
    );
    expect(git("tag")).toBe("v0.1.0");
  });

  test.each([
    ["changes that are not committed", () => write("more", ""), ["0.2.0"], 1],
    ["there is a tag v0.2.0 already", () => git("tag", "v0.2.0"), ["0.2.0"], 1],
    ["0.0.9 does not come after 0.1.0", () => {}, ["0.0.9"], 1],
    ["0.1.0 already", () => git("tag", "v0.1.0"), ["0.1.0"], 1],
    ["npm run qa is not green", () => change("package.json", manifest('node -e "process.exit(3)"')), ["0.2.0"], 1],
    ["says nothing of this release", () => change("CHANGELOG.md", `${HEAD}\n## [Unreleased]\n\n### Added\n`), ["0.2.0"], 1],
    ['no section "## [Unreleased]"', () => change("CHANGELOG.md", HEAD), ["0.2.0"], 1],
    ["one version is needed", () => {}, ["next"], 2],
    ["one version is needed", () => {}, [], 2],
    ["2026-02-30 is no date", () => {}, ["0.2.0", "--date", "2026-02-30"], 2],
    ["--push", () => {}, ["0.2.0", "--push"], 2],
  ] as const)("refuses: %s", (reason, arrange, args, status) => {
    arrange();
    const before = [git("rev-parse", "HEAD"), git("tag"), git("status", "--porcelain"), read("CHANGELOG.md"), read("package.json")];
    expect(release(...args)).toMatchObject({ status, stderr: expect.stringContaining(reason) });
    expect([git("rev-parse", "HEAD"), git("tag"), git("status", "--porcelain"), read("CHANGELOG.md"), read("package.json")]).toEqual(
      before,
    );
  });

  test("takes the word of whoever ran the checks", () => {
    change("package.json", manifest('node -e "process.exit(3)"'));
    expect(release("0.2.0", "--qa-is-green").status).toBe(0);
  });
});

test("the CHANGELOG of this repository has what a release needs", () => {
  const text = readFileSync(new URL("../CHANGELOG.md", import.meta.url), "utf8");
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
  const headings = text.split("\n").filter((line) => line.startsWith("## "));
  expect(headings[0]).toBe("## [Unreleased]");
  expect(headings[1]).toMatch(new RegExp(`^## \\[${version.replaceAll(".", "\\.")}\\] - \\d{4}-\\d\\d-\\d\\d$`));
});

function change(file: string, text: string): void {
  write(file, text);
  git("commit", "--quiet", "--all", "-m", "changed");
}

test("CITATION.cff says of version, licence and addresses what package.json says", () => {
  const own = (file: string): string => readFileSync(fileURLToPath(new URL(`../${file}`, import.meta.url)), "utf8");
  const cited = parse(own("CITATION.cff")) as Readonly<Record<string, unknown>>;
  const { version, license, homepage, repository } = JSON.parse(own("package.json")) as {
    readonly [name in "version" | "license" | "homepage"]?: string;
  } & { readonly repository?: { readonly url: string } };
  const addresses = { url: cited.url, code: cited["repository-code"] };
  expect({ version: cited.version, license: cited.license }).toEqual({ version, license });
  expect(addresses).toEqual({ url: homepage, code: repository?.url });
});
