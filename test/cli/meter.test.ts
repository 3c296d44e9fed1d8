import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createProgress, type ProgressStyle } from "../../src/cli/progress.js";
import type { Standing } from "../../src/cli/standing.js";
import { createTerminal } from "../../src/cli/terminal.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Watched {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly style?: ProgressStyle;
}

function watch({ isTTY = false, columns = 80, env = {}, style = "text" }: Watched) {
  let sent = "";
  const stream = new Writable({
    write(chunk, _, done) {
      sent += String(chunk);
      done();
    },
  });
  const stderr = Object.assign(stream, { isTTY, columns }) as unknown as NodeJS.WriteStream;
  const terminal = createTerminal({ stdout: stderr, stderr, env } as never);
  const progress = createProgress(terminal, "normal", { style });
  return {
    ...progress,
    played: (done: number) => progress.onEvent({ kind: "progress", label: "coalitions", done, total: 1_024 }),
    lines: () => sent.trimEnd().split("\n"),
    /** What stands on the changing line. */
    drawn: () => sent.split("\r\u001b[K").at(-1),
  };
}

describe("in JSON", () => {
  test("a line as each phase begins and ends, and every second between", () => {
    const { onEvent, end, played, lines } = watch({ style: "json" });
    onEvent({ kind: "phase", label: "loading the model" });
    vi.advanceTimersByTime(2_600);
    for (let i = 0; i <= 30; i++) {
      played(i * 10);
      vi.advanceTimersByTime(100);
    }
    end();
    const standings = lines().map((line) => JSON.parse(line) as Standing);
    for (const one of standings) expect(Object.keys(one)).toEqual(["phase", "done", "total", "rate", "eta", "seconds"]);
    expect(standings[0]).toEqual({ phase: "loading the model", done: 0, total: null, rate: null, eta: null, seconds: 0 });
    const [loading, counting] = ["loading the model", "coalitions"].map((name) => standings.filter(({ phase }) => phase === name));
    expect(loading?.map(({ seconds }) => seconds)).toEqual([0, 1, 2, 2.6]);
    expect(counting?.length).toBeGreaterThanOrEqual(4);
    expect(counting?.at(-1)).toMatchObject({ done: 300, total: 1_024, rate: 100, eta: 7.24 });
  });

  test("the last line says where an interrupted run stood", () => {
    const { end, played, lines } = watch({ style: "json" });
    played(10);
    played(20);
    end();
    end();
    expect(lines().map((line) => (JSON.parse(line) as Standing).done)).toEqual([10, 20]);
  });
});

describe("on a terminal", () => {
  test("what is not counted shows within the first second, and how long it takes", () => {
    const { onEvent, drawn, end } = watch({ isTTY: true });
    onEvent({ kind: "phase", label: "loading the model" });
    expect(drawn()).toBe("");
    vi.advanceTimersByTime(900);
    expect(drawn()).toBe("loading the model");
    vi.advanceTimersByTime(3_000);
    expect(drawn()).toBe("loading the model (3 s)");
    end();
    expect(drawn()).toBe("");
  });

  test.each([
    [40, "coalitions 39%, 62 s left (400 of 1,02…"],
    [80, "coalitions 39%, 62 s left (400 of 1,024) ████████████░░░░░░░░░░░░░░░░░░"],
    [56, "coalitions 39%, 62 s left (400 of 1,024) █████░░░░░░░░░"],
  ])("at %i columns, percentage and time are there", (columns, expected) => {
    const { played, drawn } = watch({ isTTY: true, columns });
    for (let i = 0; i <= 40; i++) {
      played(i * 10);
      vi.advanceTimersByTime(1_000);
    }
    played(400);
    const shown = drawn() ?? "";
    expect(shown.length).toBeLessThan(columns);
    expect(shown.replace(/\d+ s left/, "62 s left")).toBe(expected);
  });

  test("a dumb one gets lines, from the first second on", () => {
    const { onEvent, lines, played } = watch({ isTTY: true, env: { TERM: "dumb" } });
    onEvent({ kind: "phase", label: "loading the model" });
    vi.advanceTimersByTime(1_100);
    expect(lines()).toEqual(["loading the model (1 s)"]);
    vi.advanceTimersByTime(6_000);
    played(1);
    expect(lines()).toHaveLength(2);
    expect(lines().join("")).not.toContain("\u001b");
  });
});

test("a log of a short run says nothing, and of a long one a line every five seconds", () => {
  const { onEvent, lines, played, end } = watch({});
  onEvent({ kind: "phase", label: "loading the model" });
  vi.advanceTimersByTime(4_000);
  expect(lines()).toEqual([""]);
  for (let i = 1; i <= 12; i++) {
    played(i);
    vi.advanceTimersByTime(1_000);
  }
  end();
  vi.advanceTimersByTime(60_000);
  expect(lines()).toHaveLength(3);
  expect(lines()[0]).toMatch(/^coalitions: \d+ of 1024/);
});
