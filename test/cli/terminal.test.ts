import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import type { Context } from "../../src/cli/context.js";
import { deliver } from "../../src/cli/deliver.js";
import { createPace } from "../../src/cli/pace.js";
import { createProgress } from "../../src/cli/progress.js";
import { createTerminal } from "../../src/cli/terminal.js";
import type { Alignment } from "../../src/results/alignment.js";
import { ALIGNMENT_FORMATS } from "../../src/views/alignment/formats.js";

/** A stream that says it is a terminal, and what it was given. */
function screen(isTTY = true) {
  const shown: string[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      shown.push(String(chunk));
      done();
    },
  });
  return { stream: Object.assign(stream, { isTTY, columns: 60 }) as unknown as NodeJS.WriteStream, text: () => shown.join("") };
}

function terminalOn(isTTY = true, env: NodeJS.ProcessEnv = {}) {
  const [out, err] = [screen(isTTY), screen(isTTY)];
  return { terminal: createTerminal({ stdout: out.stream, stderr: err.stream, env } as never), out, err };
}

/** What a terminal shows of what it was sent: carriage returns and erased lines obeyed. */
function visible(sent: string): readonly string[] {
  const lines = [""];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is taken apart
  for (const part of sent.split(/(\r\u001b\[K|\n)/)) {
    if (part === "\n") lines.push("");
    else if (part === "\r\u001b[K") lines[lines.length - 1] = "";
    else lines[lines.length - 1] += part;
  }
  return lines;
}

const HOSTILE = "\u001b]0;owned\u0007\u001b[2J\u009b31m\u202egnp\u2066\u0085\u2028";
// biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is what is tested
const OBEYED = /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;

const ALIGNMENT: Alignment = {
  audio: { path: `${HOSTILE}.wav`, sha256: "0", seconds: 1, decoder: "wav" },
  model: "embedded:nano-ctc",
  boundaryRule: "pauses",
  segments: [{ token: HOSTILE, startS: 0, endS: 1, confidence: 1, boundaryRefined: false }],
  warnings: [HOSTILE],
  waveform: { samples: new Float32Array(16_000), sampleRate: 16_000 },
};

describe("what a terminal would obey", () => {
  test.each(Object.values(ALIGNMENT_FORMATS).map((format) => [format.name, format] as const))("%s sends none of it", async (_, format) => {
    const { terminal, out } = terminalOn();
    const interrupt = { finish: (write: Promise<void>) => write };
    await deliver([ALIGNMENT], [{ file: null, format }], { terminal, interrupt } as unknown as Context);
    expect(out.text()).not.toMatch(OBEYED);
    expect(out.text().length).toBeGreaterThan(5);
  });

  test("JSON holds none of it in files either, and means the same", async () => {
    const { terminal, out } = terminalOn(false);
    const context = { terminal, interrupt: { finish: (write: Promise<void>) => write } } as unknown as Context;
    await deliver([ALIGNMENT], [{ file: null, format: ALIGNMENT_FORMATS.json }], context);
    expect(out.text()).not.toMatch(OBEYED);
    expect(JSON.parse(out.text())).toMatchObject({ segments: [{ token: HOSTILE }], audio: { path: `${HOSTILE}.wav` } });
  });

  test("CSV in a file is as it is", async () => {
    const { terminal, out } = terminalOn(false);
    const context = { terminal, interrupt: { finish: (write: Promise<void>) => write } } as unknown as Context;
    await deliver([ALIGNMENT], [{ file: null, format: ALIGNMENT_FORMATS.csv }], context);
    expect(out.text()).toContain(HOSTILE);
  });

  test("colours of a painted text stay, other sequences do not", async () => {
    const { terminal, out } = terminalOn();
    await terminal.print("\u001b[31mred\u001b[0m \u001b[2J\n", true);
    await terminal.print("\u001b[31mred\n");
    expect(out.text()).toBe("\u001b[31mred\u001b[0m \\e[2J\n\\e[31mred\n");
  });
});

describe("the bar", () => {
  test("steps aside for what is said, and an interruption's line stays", () => {
    const { terminal, err } = terminalOn();
    terminal.setBar("coalitions 33%");
    terminal.say("warning: careful");
    terminal.dropBar();
    terminal.say("mllm-shap: interrupted");
    terminal.setBar("coalitions 34%");
    terminal.setBar(null);
    terminal.say("mllm-shap: 342 of 1,024 answers are kept");
    expect(visible(err.text())).toEqual(["warning: careful", "mllm-shap: interrupted", "mllm-shap: 342 of 1,024 answers are kept", ""]);
  });

  test("is cut to the terminal's width, and none is drawn on a dumb one", () => {
    const { terminal, err } = terminalOn();
    terminal.setBar("x".repeat(200));
    expect(visible(err.text())[0]).toHaveLength(59);
    const dumb = terminalOn(true, { TERM: "dumb" });
    const { onEvent } = createProgress(dumb.terminal, "normal");
    for (let i = 0; i < 1_000; i++) onEvent({ kind: "progress", label: "coalitions", done: i, total: 10_000 });
    expect(dumb.err.text()).toBe("");
  });
});

test("the pace is that of the last seconds, and what was remembered tells nothing of it", () => {
  const pace = createPace(0);
  pace.add(100, 400);
  expect(pace.left(1_000)).toBeNull();
  pace.add(1_100, 400);
  pace.add(2_100, 410);
  expect(pace.left(1_000)).toBeCloseTo(118_000, -1);
  for (let s = 3; s < 60; s++) pace.add(100 + s * 1_000, 410 + s);
  // One a second since long: 531 are left.
  expect(pace.left(1_000)).toBeCloseTo((1_000 - 469) * 1_000, -1);
});
