import { appendFileSync, chmodSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ExplainError } from "../../src/errors.js";
import type { RunEvent } from "../../src/events.js";
import { type DiskMemo, openDiskMemo } from "../../src/memo/disk.js";
import { temporaryFolder } from "../support/decoder_files.js";
import { response } from "../support/fakes.js";

const KEY = `${"ab".repeat(32)}:${"01".repeat(32)}`;
const OTHER = `${"ab".repeat(32)}:${"02".repeat(32)}`;
const SCORES = Float64Array.of(-0.1, -1e-300, Number.NEGATIVE_INFINITY, -Math.PI);
const ANSWER = response({
  tokens: [1, 2],
  codes: [
    [3, 4],
    [5, 6],
  ],
  text: "a\tb\n“ü” \u2028",
  finishReason: "length",
});

const openAt = (folder: string, edition = "test 1.0"): Promise<DiskMemo> => openDiskMemo({ folder, edition });

/** Opens, uses and closes a memo. */
async function using<T>(folder: string, use: (memo: DiskMemo) => Promise<T>, edition?: string): Promise<T> {
  const memo = await openAt(folder, edition);
  try {
    return await use(memo);
  } finally {
    await memo.close();
  }
}

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
  );
}

async function keep(memo: DiskMemo): Promise<void> {
  await memo.scores.set(KEY, SCORES);
  await memo.responses.set(KEY, ANSWER);
}

describe("openDiskMemo", () => {
  it("gives back, in a later process, just what was put in", async () => {
    const folder = temporaryFolder();
    await using(folder, keep);
    await using(folder, async (memo) => {
      expect(await memo.scores.get(KEY)).toEqual(SCORES);
      expect(await memo.responses.get(KEY)).toEqual(ANSWER);
      expect(await memo.scores.get(OTHER)).toBeUndefined();
    });
  });

  it("is its owner's alone, and leaves a folder that was there as it is", async () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o755);
    await using(folder, keep);
    expect(statSync(folder).mode & 0o777).toBe(0o755);
    for (const file of filesOf(folder)) {
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(statSync(join(file, "..")).mode & 0o777).toBe(0o700);
    }
  });

  it("sees nothing of another edition", async () => {
    const folder = temporaryFolder();
    await using(folder, keep);
    await using(folder, async (memo) => expect(await memo.scores.get(KEY)).toBeUndefined(), "test 2.0");
  });

  it("passes over lines that were cut off, at any place, and keeps the others", async () => {
    const folder = temporaryFolder();
    await using(folder, async (memo) => {
      await memo.scores.set(KEY, SCORES);
    });
    const [file] = filesOf(folder) as [string];
    const whole = readFileSync(file, "utf8");
    for (let cut = 2; cut < whole.length - 1; cut += 7) {
      writeFileSync(file, whole.slice(0, cut));
      await using(folder, async (memo) => {
        expect(await memo.scores.get(KEY), `cut at ${cut}`).toBeUndefined();
        await memo.scores.set(OTHER, SCORES);
      });
      await using(folder, async (memo) => expect(await memo.scores.get(OTHER)).toEqual(SCORES));
    }
    writeFileSync(file, whole.replace("A", "B"));
    await using(folder, async (memo) => expect(await memo.scores.get(KEY)).toBeUndefined());
  });

  it("may be shared by two processes", async () => {
    const folder = temporaryFolder();
    const [one, two] = [await openAt(folder), await openAt(folder)];
    for (let i = 0; i < 200; i++) {
      await one.scores.set(`aa:1${i}`, Float64Array.of(-2 * i));
      await two.scores.set(`aa:2${i}`, Float64Array.of(-2 * i - 1));
    }
    await Promise.all([one.close(), two.close()]);
    await using(folder, async (memo) => {
      for (let i = 0; i < 200; i++) {
        expect(await memo.scores.get(`aa:1${i}`)).toEqual(Float64Array.of(-2 * i));
        expect(await memo.scores.get(`aa:2${i}`)).toEqual(Float64Array.of(-2 * i - 1));
      }
    });
  });

  it("gives equal answers as one object", async () => {
    const folder = temporaryFolder();
    await using(folder, async (memo) => {
      for (const key of [KEY, OTHER]) await memo.responses.set(key, ANSWER);
    });
    await using(folder, async (memo) => expect(await memo.responses.get(KEY)).toBe(await memo.responses.get(OTHER)));
  });

  it("warns once, and goes on, where the disk takes nothing", async () => {
    const folder = temporaryFolder();
    const events: RunEvent[] = [];
    const memo = await openDiskMemo({ folder, edition: "e", onEvent: (event) => events.push(event) });
    expect(await memo.scores.get(KEY)).toBeUndefined();
    mkdirSync(join(folder, "1-e", `score-${KEY.split(":")[0]}.tsv`));
    for (const key of [KEY, OTHER]) await memo.scores.set(key, SCORES);
    expect(await memo.scores.get(KEY)).toEqual(SCORES);
    await memo.close();
    expect(events).toEqual([{ kind: "warning", message: expect.stringMatching(/not remembered on disk from here on: .*EISDIR/) }]);
  });

  it("refuses a folder that cannot be, and keys that are no names of files", async () => {
    const file = join(temporaryFolder(), "file");
    appendFileSync(file, "");
    await expect(openAt(file)).rejects.toThrow(ExplainError);
    await using(temporaryFolder(), async (memo) => {
      await expect((async () => memo.scores.get("../x:1"))()).rejects.toThrow(/no key of a memo/);
    });
  });
});

describe("rest", () => {
  const key = (question: number, answer = 1): string =>
    `${question.toString(16).padStart(64, "0")}:${answer.toString(16).padStart(64, "0")}`;
  const openFiles = (folder: string): number =>
    readdirSync("/proc/self/fd").filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder);
      } catch {
        return false;
      }
    }).length;

  it("closes the files, and sees afterwards what it wrote and what other processes added", async () => {
    const folder = temporaryFolder();
    await using(folder, async (memo) => {
      for (let question = 0; question < 5; question++) await memo.scores.set(key(question), Float64Array.of(-question));
      if (process.platform === "linux") expect(openFiles(folder)).toBe(5);
      await memo.rest();
      if (process.platform === "linux") expect(openFiles(folder)).toBe(0);
      await using(folder, async (other) => {
        for (const question of [0, 1]) await other.scores.set(key(question, 2), SCORES);
      });
      for (const question of [0, 1]) expect(await memo.scores.get(key(question, 2))).toEqual(SCORES);
      for (let question = 0; question < 5; question++) expect(await memo.scores.get(key(question))).toEqual(Float64Array.of(-question));
      await memo.scores.set(key(1, 3), SCORES);
    });
    await using(folder, async (memo) => expect(await memo.scores.get(key(1, 3))).toEqual(SCORES));
  });

  it.each([undefined, { questions: 1, places: 5 }])(
    "reads no part of the last question's file twice, with as much room as %o",
    async (most) => {
      const folder = temporaryFolder();
      await using(folder, async (memo) => {
        for (let answer = 0; answer < 10; answer++) await memo.scores.set(key(1, answer), SCORES);
        await memo.rest(most);
        await memo.scores.get(key(1));
        await memo.rest(most);
        // What stood there before is another answer's place now, which the line's own fingerprint tells.
        const [path = ""] = filesOf(folder).filter((file) => file.endsWith(".tsv"));
        const lines = readFileSync(path, "utf8").trimEnd().split("\n");
        writeFileSync(path, `${["", ...lines.slice(1).reverse()].join("\n")}\n`);
        expect(await memo.scores.get(key(1, 4))).toBeUndefined();
      });
      await using(folder, async (memo) => expect(await memo.scores.get(key(1, 4))).toEqual(SCORES));
    },
  );

  it("begins anew where the file was removed, or is another", async () => {
    const folder = temporaryFolder();
    await using(folder, async (memo) => {
      await memo.scores.set(key(1), SCORES);
      await memo.rest();
      await memo.scores.get(key(1));
      await memo.rest();
      for (const path of filesOf(folder)) rmSync(path);
      expect(await memo.scores.get(key(1))).toBeUndefined();
      await memo.scores.set(key(1, 2), SCORES);
      await memo.rest();
      expect(await memo.scores.get(key(1))).toBeUndefined();
      expect(await memo.scores.get(key(1, 2))).toEqual(SCORES);
    });
  });

  it.each([
    { questions: 10, places: 5 },
    { questions: 1, places: 100 },
  ])("forgets places of the questions asked longest ago beyond %o, and reads them again", async (most) => {
    const folder = temporaryFolder();
    await using(folder, async (memo) => {
      for (const question of [1, 2]) for (let answer = 0; answer < 4; answer++) await memo.scores.set(key(question, answer), SCORES);
      await memo.rest();
      for (const question of [1, 2]) await memo.scores.get(key(question));
      await memo.rest(most);
      for (const question of [1, 2])
        for (let answer = 0; answer < 4; answer++) expect(await memo.scores.get(key(question, answer))).toEqual(SCORES);
    });
  });

  it("lets nothing go that could not be written", async () => {
    const folder = temporaryFolder();
    await using(folder, async (memo) => {
      await memo.scores.set(key(1), SCORES);
      const [path = ""] = filesOf(folder).filter((file) => file.endsWith(".tsv"));
      await memo.scores.set(key(2), SCORES);
      await memo.rest({ questions: 0, places: 0 });
      // It cannot be read again, so that the next run holds what it learns.
      chmodSync(path, 0o666);
      expect(await memo.scores.get(key(1))).toBeUndefined();
      await memo.scores.set(key(1), SCORES);
      await memo.scores.get(key(2));
      await memo.rest({ questions: 0, places: 0 });
      expect(await memo.scores.get(key(1))).toEqual(SCORES);
    });
  });
});
