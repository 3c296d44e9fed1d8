import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { conversation, idsIn, jsonLines, longConversation, manifestOf, recordsOf, until } from "../batch/conversations.js";
import { finished, folderWith, run, start } from "../run.js";

const SERVER = ["redis-server", "valkey-server"].find((name) => spawnSync(name, ["--version"]).status === 0);
const title = `a queue on a real server${SERVER === undefined ? " (skipped: neither redis-server nor valkey-server is installed)" : ""}`;

const KILLER = `
const lines = require("fs").readFileSync(0, "utf8").trim().split("\\n").map((line) => JSON.parse(line));
if (lines.some(({ target }) => target.text.includes("fan"))) process.kill(process.ppid, "SIGKILL");
else for (const { text } of lines) console.log(text.length);
`;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

test.each([
  [["batch", "m.jsonl", "-o", "out", "--queue", "http://x"], /--queue needs the address of a Redis or Valkey server/],
  [["worker", "-o", "out"], /--queue needs the address/],
  [["worker", "-o", "out", "--queue", "redis://x", "--queue-name", "a:b"], /--queue-name a:b: must be/],
])("%j is refused with exit code 2", async (args, words) => {
  const { code, stderr } = await run(args, { cwd: folderWith({ "m.jsonl": manifestOf(1) }) });
  expect(code).toBe(2);
  expect(stderr).toMatch(words);
});

test("a server that is not there is worth another try, and no password is told", async () => {
  const url = `redis://user:secret@127.0.0.1:${await freePort()}`;
  for (const args of [["batch", "m.jsonl"], ["worker"]]) {
    const { code, stderr } = await run([...args, "-o", "out", "--queue", url], { cwd: folderWith({ "m.jsonl": manifestOf(1) }) });
    expect(code, stderr).toBe(75);
    expect(stderr).toMatch(/^mllm-shap: redis:\/\/127\.0\.0\.1:\d+: no queue there: .*ECONNREFUSED/m);
    expect(stderr).not.toContain("secret");
  }
});

describe.skipIf(SERVER === undefined)(title, () => {
  let server: ChildProcess;
  let url = "";

  beforeAll(async () => {
    const port = await freePort();
    url = `redis://127.0.0.1:${port}`;
    const options = ["--port", String(port), "--save", "", "--appendonly", "no", "--bind", "127.0.0.1", "--dir", folderWith({})];
    server = spawn(SERVER ?? "", options, { stdio: ["ignore", "pipe", "ignore"] });
    await new Promise<void>((resolve) =>
      server.stdout?.on("data", (text: Buffer) => /ready to accept/i.test(text.toString()) && resolve()),
    );
  });

  afterAll(() => void server?.kill("SIGKILL"));

  test("gives, through two workers, the bytes of a batch without one", async () => {
    const folder = folderWith({ "m.jsonl": manifestOf(8) });
    const queue = ["--queue", url];
    const workers = [1, 2].map(() => start(["worker", "-o", "out", ...queue, "--queue-name", "same"], { cwd: folder }));
    const ends = workers.map(finished);
    const producer = await run(["batch", "m.jsonl", "-o", "out", ...queue, "--queue-name", "same", "--no-run"], { cwd: folder });
    expect(producer.code, producer.stderr).toBe(0);
    for (const worker of workers) worker.kill("SIGTERM");
    for (const end of ends) expect((await end).code).toBe(143);
    await run(["batch", "m.jsonl", "-o", "whole", "--no-run"], { cwd: folder });
    for (const name of ["out", "whole"]) expect((await run(["merge", name, "-o", `${name}.jsonl`], { cwd: folder })).code).toBe(0);
    expect(readFileSync(join(folder, "out.jsonl"), "utf8")).toBe(readFileSync(join(folder, "whole.jsonl"), "utf8"));
    const again = await run(["batch", "m.jsonl", "-o", "out", ...queue, "--no-run"], { cwd: folder });
    expect(again.code).toBe(0);
    expect(again.stderr).toContain("0 conversations in queue mllm-shap-out");
  });

  test("survives two kills of the worker that has a conversation", async () => {
    const folder = folderWith({ "m.jsonl": jsonLines([longConversation(0)]) });
    const worker = () => start(["worker", "-o", "out", "--queue", url, "--queue-name", "kills", "--lock-seconds", "1"], { cwd: folder });
    const producer = run(["batch", "m.jsonl", "-o", "out", "--queue", url, "--queue-name", "kills"], { cwd: folder });
    const starts = () => {
      const names = spawnSync("ls", [join(folder, "out")], { encoding: "utf8" }).stdout.split("\n");
      return names.filter((name) => name.startsWith("attempts-worker")).flatMap((name) => recordsOf(join(folder, "out", name))).length;
    };
    for (let kills = 0; kills < 2; kills++) {
      const child = worker();
      const end = finished(child);
      await until(() => starts() > kills, "an attempt");
      child.kill("SIGKILL");
      await end;
    }
    expect(idsIn(join(folder, "out"))).toEqual([]);
    const last = worker();
    const end = finished(last);
    const { code, stderr } = await producer;
    expect(code, stderr).toBe(0);
    expect(starts()).toBe(3);
    expect(idsIn(join(folder, "out"))).toEqual(["c0"]);
    last.kill("SIGTERM");
    expect((await end).code).toBe(143);
  });

  test("gives up what kills its process, and does the rest", async () => {
    const folder = folderWith({ "m.jsonl": manifestOf(6), "killer.cjs": KILLER });
    const payoff = ["--payoff-command", `${process.execPath} killer.cjs`, "--max-attempts", "2"];
    const worker = run(["worker", "-o", "out", "--queue", url, "--queue-name", "poison", "--until-empty", ...payoff], { cwd: folder });
    const { code, stderr } = await run(["batch", "m.jsonl", "-o", "out", "--queue", url, "--queue-name", "poison", ...payoff], {
      cwd: folder,
    });
    expect(code, stderr).toBe(1);
    expect(stderr).toContain("5 of 6 conversations have results, 1 failed, 0 left");
    expect((await worker).code).toBe(0);
  });

  test("a worker takes nothing from outside of its root, nor with other flags than the producer's", async () => {
    const folder = folderWith({ "m.jsonl": manifestOf(1) });
    const queue = (name: string) => ["--queue", url, "--queue-name", name, "--until-empty"];
    const outside = run(["worker", "-o", join(folder, "out"), ...queue("outside")], { cwd: folderWith({}) });
    const first = await run(["batch", "m.jsonl", "-o", "out", ...queue("outside").slice(0, -1)], { cwd: folder });
    expect(first.code).toBe(1);
    expect((await outside).stderr).toContain("lies outside of this worker's --root");
    const other = run(["worker", "-o", "out", ...queue("other"), "--payoff-command", "score"], { cwd: folder });
    const second = await run(["batch", "m.jsonl", "-o", "out", ...queue("other").slice(0, -1)], { cwd: folder });
    expect(second.code).toBe(1);
    expect(second.stderr).toContain("its files or flags are others here than where it was queued");
    await other;
  });

  test("an interrupted worker gives its conversation back, and an interrupted producer leaves the queue as it is", async () => {
    const folder = folderWith({ "m.jsonl": jsonLines([longConversation(1), conversation(2)]) });
    const args = ["-o", "out", "--queue", url, "--queue-name", "stop"];
    const producer = start(["batch", "m.jsonl", ...args], { cwd: folder });
    const produced = finished(producer);
    const worker = start(["worker", ...args], { cwd: folder });
    const worked = finished(worker);
    await until(() => spawnSync("sh", ["-c", "cat out/attempts-worker-*"], { cwd: folder }).stdout.length > 0, "an attempt");
    await new Promise((resolve) => setTimeout(resolve, 500));
    worker.kill("SIGTERM");
    producer.kill("SIGINT");
    expect((await worked).code).toBe(143);
    expect((await produced).code).toBe(130);
    const rest = run(["worker", ...args, "--until-empty"], { cwd: folder });
    expect((await run(["batch", "m.jsonl", ...args], { cwd: folder })).code).toBe(0);
    await rest;
    expect(idsIn(join(folder, "out"))).toEqual(["c1", "c2"]);
  });
});
