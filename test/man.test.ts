import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { beforeAll, describe, expect, test } from "vitest";
import { type CommandDefinition, declare } from "../src/cli/command.js";
import { COMMANDS } from "../src/cli/commands.js";
import type { Context } from "../src/cli/context.js";
import { VARIABLES } from "../src/cli/topics/environment.js";

const PAGE = fileURLToPath(new URL("../man/mllm-shap.1", import.meta.url));
const escaped = (text: string): string => text.replaceAll("-", "\\-");

/** A command and those below it. */
const all = (definitions: readonly CommandDefinition[]): readonly CommandDefinition[] =>
  definitions.flatMap((one) => [one, ...all(one.commands ?? [])]);

describe("the man page", () => {
  let page = "";
  beforeAll(() => {
    page = readFileSync(PAGE, "utf8");
  });

  test("has every option of every command, and every variable", async () => {
    for (const definition of all(COMMANDS)) {
      const command = new Command(definition.name);
      await declare(command, definition, { env: {}, cwd: "/" } as unknown as Context);
      for (const { flags } of command.options) expect(page).toContain(escaped(flags));
    }
    for (const [name] of VARIABLES) expect(page).toContain(`\\fB${name}\\fR`);
  });

  test("is roff: every line is text or a known request, no hyphen is left to break, nothing of this machine is in it", () => {
    const requests = page.split("\n").flatMap((line) => /^[.']\S*/.exec(line)?.[0] ?? []);
    expect(new Set(requests)).toEqual(new Set([".TH", ".SH", ".SS", ".TP", ".P", ".nf", ".fi", ".B", ".I", ".br"]));
    expect(page).not.toMatch(/(?<!\\)-/);
    expect(page).toMatch(/^[\n -~]*$/);
    expect(page).not.toContain(process.cwd());
    expect(page).not.toContain(process.env.HOME ?? "/home");
  });
});
