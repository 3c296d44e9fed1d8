import { getEventListeners } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { createPool } from "../../../src/cli/batch/pool.js";
import { temporaryFolder } from "../../support/decoder_files.js";

/** A worker that gives back what it is given, waits for ever or dies. */
const WORKER = `export default async (task) => {
  if (task === "wait") await new Promise((resolve) => setTimeout(resolve, 600_000));
  if (task === "die") process.exit(3);
  return { line: task, events: [] };
};`;

function poolOf() {
  const path = join(temporaryFolder(), "worker.mjs");
  writeFileSync(path, WORKER);
  return createPool<string>({
    file: pathToFileURL(path),
    workers: 1,
    env: process.env,
    onEvent: () => undefined,
    onStack: () => undefined,
  });
}

describe("createPool", () => {
  it("holds on to nothing of what it has done, however many conversations a batch has", async () => {
    const pool = poolOf();
    const { signal } = new AbortController();
    for (let i = 0; i < 50; i++) expect(await pool.attempt(`line ${i}`, signal)).toEqual({ kind: "done", line: `line ${i}` });
    expect(getEventListeners(signal, "abort")).toEqual([]);
    await pool.close();
  });

  it("fails what a process took with it, and does the next in a new one", async () => {
    const pool = poolOf();
    const { signal } = new AbortController();
    expect(await pool.attempt("die", signal)).toMatchObject({ kind: "failed", failure: { kind: "killed", permanent: false } });
    expect(await pool.attempt("next", signal)).toEqual({ kind: "done", line: "next" });
    await pool.close();
  });

  it("lets go of what runs as soon as the run is stopped, and begins nothing more", async () => {
    const pool = poolOf();
    const controller = new AbortController();
    const running = pool.attempt("wait", controller.signal);
    controller.abort();
    expect(await running).toEqual({ kind: "interrupted" });
    expect(await pool.attempt("next", controller.signal)).toEqual({ kind: "interrupted" });
    await pool.close();
  });
});
