import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WALLS, wallsText } from "../scripts/walls.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const walls = WALLS as Readonly<Record<string, readonly string[]>>;
const sources = readdirSync(join(root, "src"), { recursive: true, withFileTypes: true }).filter(({ name }) => name.endsWith(".ts"));
const folders = readdirSync(join(root, "src"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

interface Plant {
  /** From the repository's root. */
  readonly file: string;
  /** As an import names it. */
  readonly imported: string;
  readonly refused: boolean;
}

/** For every folder a forbidden and an allowed import, at every depth, of every kind of import. */
function plants(): readonly Plant[] {
  return Object.entries(walls).flatMap(([folder, all]) => {
    const allowed = all.filter((other) => other !== folder);
    const files = allowed.filter((other) => other.endsWith(".js"));
    const forbidden = [...Object.keys(walls), "cli"].filter((other) => other !== folder && !allowed.includes(other));
    return ["", "deep/", "deep/er/"].flatMap((below, depth) => {
      const up = "../".repeat(depth + 1);
      const at = (name: string, imported: string, refused: boolean) => ({ file: `src/${folder}/${below}${name}.ts`, imported, refused });
      return [
        ...forbidden.map((other) => at(`from_${other}`, `${up}${other}/x.js`, true)),
        at("from_root", `${up}explain.js`, true),
        at("from_itself", "mllm-shap", true),
        at("from_detour", `./${up}cli/x.js`, true),
        ...allowed.filter((other) => !other.endsWith(".js")).map((other) => at(`may_${other}`, `${up}${other}/deep/x.js`, false)),
        ...files.map((file) => at(`may_${file.slice(0, -3)}`, `${up}${file}`, false)),
        ...(depth === 0 ? [at("may_deeper", "./deep/x.js", false)] : [at("may_higher", "../x.js", false)]),
      ];
    });
  });
}

const KINDS = [
  (from: string) => `import "${from}";`,
  (from: string) => `import type { A } from "${from}";\nexport type B = A;`,
  (from: string) => `export { a } from "${from}";`,
  (from: string) => `export const lazy = () => import("${from}");`,
] as const;

let garden: string;
let refused: ReadonlySet<string>;
const planted: readonly Plant[] = plants();

beforeAll(() => {
  garden = mkdtempSync(join(tmpdir(), "walls-test-"));
  for (const file of ["biome.json", "scripts/biome.walls.json", "scripts/lint"])
    cpSync(join(root, file), join(garden, file), { recursive: true });
  for (const [i, { file, imported }] of planted.entries()) {
    mkdirSync(join(garden, dirname(file)), { recursive: true });
    writeFileSync(join(garden, file), `${KINDS[i % KINDS.length]?.(imported)}\n`);
  }
  const report = lint("src");
  refused = new Set(
    report.diagnostics.filter(({ category }) => category.endsWith("noRestrictedImports")).map(({ location }) => location.path),
  );
}, 120_000);

afterAll(() => rmSync(garden, { recursive: true, force: true }));

interface Report {
  readonly diagnostics: readonly { readonly category: string; readonly location: { readonly path: string } }[];
}

function lint(path: string): Report {
  const args = [join(root, "node_modules/@biomejs/biome/bin/biome"), "lint", "--reporter=json", "--max-diagnostics=none", path];
  try {
    return JSON.parse(execFileSync(process.execPath, args, { cwd: garden, encoding: "utf8", maxBuffer: 2 ** 28, stdio: "pipe" })) as Report;
  } catch (error) {
    return JSON.parse((error as { readonly stdout: string }).stdout) as Report;
  }
}

describe("the walls between folders", () => {
  test.each(Object.keys(walls))("%s/: a forbidden import is refused, an allowed one is not", (folder) => {
    const own = planted.filter(({ file }) => file.startsWith(`src/${folder}/`));
    expect(own.filter((plant) => plant.refused).length).toBeGreaterThan(3);
    expect(own.filter((plant) => refused.has(plant.file) !== plant.refused)).toEqual([]);
  });

  test("every folder of src/ has its own, but for cli/, which may import all and is imported by none", () => {
    expect(folders.filter((folder) => folder !== "cli" && !Object.hasOwn(walls, folder))).toEqual([]);
    for (const allowed of Object.values(walls)) expect(allowed).not.toContain("cli");
  });

  test("leave no circle: a folder imports only what stands before it", () => {
    const order = Object.keys(walls);
    for (const [folder, allowed] of Object.entries(walls)) {
      for (const other of allowed.filter((name) => !name.endsWith(".js") && name !== folder)) {
        expect(order.indexOf(other), `${folder} → ${other}`).toBeLessThan(order.indexOf(folder));
        expect(order).toContain(other);
      }
    }
  });

  test("are what Biome reads", () => {
    expect(readFileSync(join(root, "scripts/biome.walls.json"), "utf8")).toBe(wallsText());
  });

  test("have no hole: types are imported by statements, which Biome sees", () => {
    const holes = sources.filter(({ parentPath, name }) => /import\("\.[^"]*"\)\./.test(readFileSync(join(parentPath, name), "utf8")));
    expect(holes.map(({ name }) => name)).toEqual([]);
  });
});
