import { describe, expect, it } from "vitest";
import { ExplainError, SpecError } from "../../src/errors.js";
import { commandPayoff, parseScores } from "../../src/payoffs/command.js";
import { response } from "../support/fakes.js";

const READ = "let s='';process.stdin.on('data',d=>s+=d).on('end',()=>{const rows=s.trim().split('\\n').map(l=>JSON.parse(l));";

/** Scores of answers by a small program, which sees `rows`. */
async function scored(program: string, given: { timeoutS?: number; signal?: AbortSignal; argv?: readonly string[] } = {}) {
  const argv = given.argv ?? [process.execPath, "-e", `${READ}${program}})`];
  const payoff = commandPayoff({ argv, timeoutS: given.timeoutS ?? 20 });
  const target = response({ tokens: [1, 2], text: "yes", finishReason: "given" });
  const fitted = await payoff.fit(target, [], {});
  return fitted.values(
    [
      response({ tokens: [7], text: "no\n“x”" }),
      response({
        codes: [
          [1, 2],
          [3, 4],
        ],
        text: "",
        finishReason: "length",
      }),
    ],
    {
      signal: given.signal,
    },
  );
}

describe("commandPayoff", () => {
  it("hands over responses as JSON lines and reads a score a line", async () => {
    expect([...(await scored("for (const r of rows) console.log(r.text.length + r.target.tokens.length / 10)"))]).toEqual([6.2, 0.2]);
  });

  it("gives text, tokens, audio codes, the reason of the end and the answer that is explained", async () => {
    const program = `
      const good = JSON.stringify(rows) === JSON.stringify([
        {text:'no\\n“x”',tokens:[7],audio_codes:[],finish_reason:'stop',target:{text:'yes',tokens:[1,2],audio_codes:[]}},
        {text:'',tokens:[],audio_codes:[[1,2],[3,4]],finish_reason:'length',target:{text:'yes',tokens:[1,2],audio_codes:[]}}]);
      console.log(good ? 1 : 0); console.log('-2.5e-3')`;
    expect([...(await scored(program))]).toEqual([1, -0.0025]);
  });

  it("uses no shell", async () => {
    const argv = [process.execPath, "-e", "console.log(process.argv[1] === '$(echo 1); *' ? 1 : 0); console.log(0)", "$(echo 1); *"];
    expect([...(await scored("", { argv }))]).toEqual([1, 0]);
  });

  it.each([
    ["console.log(1)", /printed 1 lines for 2 responses/],
    ["console.log('1\\nNaN')", /"NaN" on line 2: a finite number/],
    ["console.log('1\\n\\n2')", /printed 3 lines/],
    ["console.error('no such judge \\u001b[31m'); process.exit(3)", /ended with code 3: "no such judge \\u001b\[31m"/],
    ["console.log('x'.repeat(1e6))", /printed more than \d+ bytes/],
  ])("refuses %s", async (program, message) => {
    const refused = scored(program);
    await expect(refused).rejects.toThrow(ExplainError);
    await expect(refused).rejects.toThrow(message);
  });

  it("ends a program that takes too long, and one whose run is interrupted", async () => {
    await expect(scored("setInterval(() => 0, 1000)", { timeoutS: 0.3 })).rejects.toThrow(/longer than 0.3 s/);
    const signal = AbortSignal.timeout(300);
    await expect(scored("setInterval(() => 0, 1000)", { signal })).rejects.toMatchObject({ name: "TimeoutError" });
  });

  it("ends a program that prints on and on, whatever becomes of its pipe", async () => {
    const stubborn = "process.stdout.on('error', () => 0); setInterval(() => console.log('x'.repeat(1e5)), 1)";
    await expect(scored(stubborn)).rejects.toThrow(/printed more than \d+ bytes/);
  });

  it("does not wait for what the program has started itself", async () => {
    const started = performance.now();
    const child = "require('child_process').spawn(process.execPath, ['-e', 'setTimeout(() => 0, 8000)'], { stdio: 'inherit' });";
    await expect(scored(`${child} setInterval(() => 0, 1000)`, { timeoutS: 0.5 })).rejects.toThrow(/longer than 0.5 s/);
    await expect(scored(`${child} setInterval(() => 0, 1000)`, { signal: AbortSignal.timeout(500) })).rejects.toMatchObject({
      name: "TimeoutError",
    });
    expect(performance.now() - started).toBeLessThan(6000);
  });

  it("says what cannot be run", async () => {
    await expect(scored("", { argv: ["/no/such/program"] })).rejects.toThrow(
      /payoff command \/no\/such\/program cannot be run: there is no such program/,
    );
    expect(() => commandPayoff({ argv: [], timeoutS: 1 })).toThrow(SpecError);
  });

  it("does not mind a program that leaves its input unread", async () => {
    expect([...(await scored("", { argv: [process.execPath, "-e", "console.log('1\\n2')"] }))]).toEqual([1, 2]);
  });
});

describe("parseScores", () => {
  it("takes blanks around numbers and either line end, nothing else", () => {
    expect([...parseScores(" 1 \r\n-2e1\r\n\r\n", 2, "x")]).toEqual([1, -20]);
    for (const bad of ["1,5", "0x", "Infinity", "1 2", "true"]) expect(() => parseScores(bad, 1, "x")).toThrow(ExplainError);
  });
});
