import { execFileSync } from "node:child_process";
import { appendFileSync, chmodSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ExplainError } from "../../src/errors.js";
import type { RunEvent } from "../../src/events.js";
import { responseCodec, scoresCodec } from "../../src/memo/codec.js";
import { openDiskMemo } from "../../src/memo/disk.js";
import { countEntries, memoFiles } from "../../src/memo/files.js";
import { formatLine } from "../../src/memo/lines.js";
import { temporaryFolder } from "../support/decoder_files.js";
import { response } from "../support/fakes.js";

const [QUESTION, FINGERPRINT] = ["ab".repeat(32), "01".repeat(32)];
const KEY = `${QUESTION}:${FINGERPRINT}`;
const SCORES = Float64Array.of(-0.5, -2);
const FILE = `score-${QUESTION}.tsv`;

const base64 = (...numbers: readonly number[]): string => Buffer.from(Float64Array.from(numbers).buffer).toString("base64");

/** The edition's folder, with a sound entry in it. */
async function filled(folder: string): Promise<string> {
  const memo = await openDiskMemo({ folder, edition: "e" });
  await memo.scores.set(KEY, SCORES);
  await memo.close();
  return join(folder, "1-e");
}

/** What a run sees of the memo, and is told. */
async function look(
  folder: string,
): Promise<{ readonly found: Float64Array | undefined; readonly told: readonly string[]; readonly keeps: boolean }> {
  const told: string[] = [];
  const onEvent = (event: RunEvent): void => {
    if (event.kind === "warning") told.push(event.message);
  };
  const memo = await openDiskMemo({ folder, edition: "e", onEvent });
  const found = await memo.scores.get(KEY);
  await memo.scores.set(`${QUESTION}:${"02".repeat(32)}`, SCORES);
  await memo.close();
  return { found, told, keeps: memo.keeps() };
}

describe("a line with a valid checksum", () => {
  const sound = response({ tokens: [1, 2], codes: [[3, 4]], text: "on" });
  const [tokens, frames, codebooks, codes, flags] = [[1, 2], 1, 2, [3, 4], [0, 0, 1]];

  it("gives what was put in where it is sound", () => {
    expect(responseCodec.decode(responseCodec.encode(sound))).toEqual(sound);
    expect(scoresCodec.decode(scoresCodec.encode(SCORES))).toEqual(SCORES);
    expect(scoresCodec.decode(base64(Number.NEGATIVE_INFINITY))).toEqual(Float64Array.of(Number.NEGATIVE_INFINITY));
  });

  it.each<[string, unknown]>([
    ["a number of frames that no memory holds", [[1], 1_000_000_000, 8, [], [0], "x", "stop"]],
    ["an unknown reason", [tokens, frames, codebooks, codes, flags, "on", "evil"]],
    ["a text that is a number", [tokens, frames, codebooks, codes, flags, 5, "stop"]],
    ["a token below zero", [[-1, 2], frames, codebooks, codes, flags, "on", "stop"]],
    ["a token that is no integer", [[1.5, 2], frames, codebooks, codes, flags, "on", "stop"]],
    ["a token beyond 31 bits", [[2 ** 31, 2], frames, codebooks, codes, flags, "on", "stop"]],
    ["codes that are too few", [tokens, frames, codebooks, [3], flags, "on", "stop"]],
    ["an unknown modality", [tokens, frames, codebooks, codes, [0, 0, 7], "on", "stop"]],
    ["steps that are not the tokens and frames", [tokens, frames, codebooks, codes, [0, 1], "on", "stop"]],
    ["one part too few", [tokens, frames, codebooks, codes, flags, "on"]],
    ["a mapping", { tokens }],
    ["null", null],
  ])("is no answer with %s", (_, stored) => {
    expect(responseCodec.decode(JSON.stringify(stored))).toBeNull();
  });

  it.each([
    ["NaN", base64(-1, Number.NaN)],
    ["infinity", base64(Number.POSITIVE_INFINITY)],
    ["a probability above 1", base64(0.5)],
    ["half a number", base64(-1).slice(0, 8)],
    ["no base64", "…"],
  ])("is no score with %s", (_, line) => {
    expect(scoresCodec.decode(line)).toBeNull();
  });

  it("is passed over where it is none, and the run goes on", async () => {
    const folder = temporaryFolder();
    const file = join(await filled(folder), FILE);
    writeFileSync(file, formatLine({ fingerprint: FINGERPRINT, payload: base64(Number.NaN, 5) }), { mode: 0o600 });
    expect(await look(folder)).toEqual({ found: undefined, told: [], keeps: true });
  });
});

describe("what is not ours alone", () => {
  it("a link is neither read nor written, and said", async () => {
    const folder = temporaryFolder();
    const inside = await filled(folder);
    const victim = join(folder, "victim.txt");
    writeFileSync(victim, readFileSync(join(inside, FILE)));
    const before = readFileSync(victim, "utf8");
    execFileSync("rm", [join(inside, FILE)]);
    symlinkSync(victim, join(inside, FILE));
    const { found, told, keeps } = await look(folder);
    expect({ found, keeps }).toEqual({ found: undefined, keeps: false });
    expect(told).toEqual([expect.stringMatching(/^answers are not remembered on disk from here on: .*\.tsv is no plain file$/)]);
    expect(readFileSync(victim, "utf8")).toBe(before);
  });

  it("nor one that points nowhere", async () => {
    const folder = temporaryFolder();
    const inside = await filled(folder);
    execFileSync("rm", [join(inside, FILE)]);
    symlinkSync(join(folder, "new.txt"), join(inside, FILE));
    expect((await look(folder)).told).toHaveLength(1);
    expect(existsSync(join(folder, "new.txt"))).toBe(false);
  });

  it.skipIf(process.platform === "win32")(
    "a pipe does not block",
    async () => {
      const folder = temporaryFolder();
      const inside = await filled(folder);
      execFileSync("rm", [join(inside, FILE)]);
      execFileSync("mkfifo", [join(inside, FILE)]);
      expect((await look(folder)).told).toEqual([expect.stringMatching(/is no plain file$/)]);
      expect(await countEntries(await memoFiles(folder))).toBe(0);
    },
    20_000,
  );

  it("a file with a second name is not written", async () => {
    const folder = temporaryFolder();
    const inside = await filled(folder);
    linkSync(join(inside, FILE), join(folder, "twin"));
    expect((await look(folder)).told).toEqual([expect.stringMatching(/has a second name elsewhere$/)]);
  });

  it.skipIf(process.platform === "win32")("a file that others may write changes no number in silence", async () => {
    const folder = temporaryFolder();
    const inside = await filled(folder);
    chmodSync(join(inside, FILE), 0o666);
    const { found, told } = await look(folder);
    expect(found).toBeUndefined();
    expect(told).toEqual([expect.stringMatching(/other users may write .*\.tsv$/)]);
  });

  it.runIf(process.getuid?.() === 0)("nor one of another user, nor a folder of another user", async () => {
    const folder = temporaryFolder();
    const inside = await filled(folder);
    execFileSync("chown", ["12345", join(inside, FILE)]);
    expect(await look(folder)).toMatchObject({ found: undefined, told: [expect.stringMatching(/belongs to another user$/)] });
    execFileSync("chown", ["12345", inside]);
    await expect(look(folder)).rejects.toThrow(ExplainError);
    await expect(look(folder)).rejects.toThrow(/is not used: .* belongs to another user$/);
  });

  it("a folder that is a link is not used", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "elsewhere"));
    symlinkSync(join(folder, "elsewhere"), join(folder, "1-e"));
    await expect(look(folder)).rejects.toThrow(/is not used: .* is no plain folder$/);
    expect(readdirSync(join(folder, "elsewhere"))).toEqual([]);
  });
});

it.runIf(existsSync("/proc/self"))(
  "a folder that cannot be is refused instead of tried for ever",
  async () => {
    await expect(openDiskMemo({ folder: "/proc/nope/deeper", edition: "e" })).rejects.toThrow(/cannot be made: ENOENT/);
  },
  20_000,
);

it("garbage of every kind gives no entry and no error", async () => {
  const folder = temporaryFolder();
  const file = join(await filled(folder), FILE);
  const whole = readFileSync(file);
  for (const bytes of [Buffer.alloc(4096, 0), Buffer.from("\n".repeat(5_000)), whole.subarray(3), Buffer.from(whole).reverse()]) {
    writeFileSync(file, bytes, { mode: 0o600 });
    expect((await look(folder)).found).toBeUndefined();
  }
  appendFileSync(file, whole);
  expect((await look(folder)).found).toEqual(SCORES);
});
