import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { chooseTextFiles } from "../../src/connectors/causal_text/files.js";
import { ConnectorError, SpecError } from "../../src/errors.js";
import type { RunEvent } from "../../src/events.js";
import { fetchSnapshot, type HubRequest } from "../../src/repos/hub.js";
import { temporaryFolder } from "../support/decoder_files.js";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const LARGE = Buffer.alloc(300_000, "weights");

interface FakeHub {
  readonly url: string;
  /** Method and path of every request, oldest first. */
  readonly asked: string[];
  readonly tokens: Set<string | undefined>;
  files: Record<string, Buffer>;
  /** Ends the connection after this many bytes of a file. */
  cutAfter: number;
}

/** Answers as the hub does: revision, tree, files with ranges; `.onnx*` are kept as LFS objects. */
async function fakeHub(): Promise<FakeHub> {
  const hub = { asked: [] as string[], tokens: new Set<string | undefined>(), cutAfter: Infinity, files: {} as Record<string, Buffer> };
  for (const name of ["config.json", "tokenizer.json", "tokenizer_config.json", "README.md", "pytorch_model.bin"])
    hub.files[name] = Buffer.from(`{"${name}": 1}`);
  for (const name of ["onnx/model.onnx", "onnx/model.onnx_data", "onnx/model_q4.onnx"])
    hub.files[name] = Buffer.concat([Buffer.from(name), LARGE]);
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://hub");
    hub.asked.push(`${url.pathname}${request.headers.range ? ` ${request.headers.range}` : ""}`);
    hub.tokens.add(request.headers.authorization);
    const json = (value: unknown): void => void response.setHeader("content-type", "application/json").end(JSON.stringify(value));
    if (url.pathname === "/api/models/some/model/revision/main") return json({ _id: "1", id: "some/model", sha: COMMIT, tags: [] });
    if (url.pathname.startsWith(`/api/models/some/model/tree/${COMMIT}`))
      return json(Object.entries(hub.files).map(([path, data]) => treeEntry(path, data)));
    const file = hub.files[decodeURIComponent(url.pathname.replace(`/some/model/resolve/${COMMIT}/`, ""))];
    if (file === undefined) return void response.writeHead(404, { "x-error-code": "RepoNotFound" }).end();
    const range = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? "");
    const from = Number(range?.[1] ?? 0);
    const to = range?.[2] ? Number(range[2]) + 1 : file.length;
    response.writeHead(range ? 206 : 200, {
      etag: `"${sha256(file)}"`,
      "content-length": String(to - from),
      ...(range ? { "content-range": `bytes ${from}-${to - 1}/${file.length}` } : {}),
    });
    const body = file.subarray(from, to);
    if (body.length <= hub.cutAfter) response.end(body);
    // Later, so that a busy client has read what was written.
    else response.write(body.subarray(0, hub.cutAfter), () => setTimeout(() => response.destroy(), 200));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => void server.close());
  return Object.assign(hub, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

function treeEntry(path: string, data: Buffer): object {
  const plain = {
    type: "file",
    path,
    size: data.length,
    oid: createHash("sha1").update(`blob ${data.length}\0`).update(data).digest("hex"),
  };
  return path.includes(".onnx") ? { ...plain, lfs: { oid: sha256(data), size: data.length, pointerSize: 134 } } : plain;
}

function sha256(data: Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

function requestFor(hubUrl: string, cacheDir: string, more: Partial<HubRequest> = {}): HubRequest {
  const choose = (paths: readonly string[]): readonly string[] => chooseTextFiles(paths, "fp32", "some/model");
  return { config: { repoId: "some/model" }, cacheDir, hubUrl, choose, ...more };
}

test("what is not cached is not fetched unasked, and the refusal says how to ask", async () => {
  const hub = await fakeHub();
  const cacheDir = temporaryFolder();
  await expect(fetchSnapshot(requestFor(hub.url, cacheDir))).rejects.toThrow(/not cached.*--allow-download/);
  await expect(fetchSnapshot(requestFor(hub.url, cacheDir))).rejects.toBeInstanceOf(SpecError);
  await expect(fetchSnapshot(requestFor(hub.url, cacheDir, { offline: true, allowDownload: true }))).rejects.toThrow(/offline/);
  expect(hub.asked).toEqual([]);
});

test("only the files of this precision are fetched, into the layout of the Hugging Face cache, with progress", async () => {
  const hub = await fakeHub();
  const cacheDir = temporaryFolder();
  const events: RunEvent[] = [];
  const { folder, commit } = await fetchSnapshot(
    requestFor(hub.url, cacheDir, { allowDownload: true, token: "hf_secret", onEvent: (event) => events.push(event) }),
  );
  expect(commit).toBe(COMMIT);
  expect(folder).toBe(join(cacheDir, "models--some--model", "snapshots", COMMIT));
  expect(readdirSync(folder).sort()).toEqual(["config.json", "onnx", "tokenizer.json", "tokenizer_config.json"]);
  expect(readdirSync(join(folder, "onnx")).sort()).toEqual(["model.onnx", "model.onnx_data"]);
  for (const path of ["config.json", "onnx/model.onnx_data"])
    expect(readFileSync(join(folder, path)).equals(hub.files[path] as Buffer)).toBe(true);
  expect(readFileSync(join(cacheDir, "models--some--model", "refs", "main"), "utf8")).toBe(COMMIT);
  expect([...hub.tokens]).toEqual(["Bearer hf_secret"]);
  const size = hub.files["onnx/model.onnx"]?.length;
  expect(events).toContainEqual({ kind: "progress", label: "onnx/model.onnx", done: size, total: size });

  const before = hub.asked.length;
  expect(await fetchSnapshot(requestFor(hub.url, cacheDir, { offline: true }))).toEqual({ folder, commit });
  expect(await fetchSnapshot(requestFor(hub.url, cacheDir, { config: { repoId: "some/model", revision: COMMIT } }))).toEqual({
    folder,
    commit,
  });
  expect(hub.asked.length).toBe(before);
});

test("a download that was cut off is never used, and goes on where it stopped", async () => {
  const hub = await fakeHub();
  const cacheDir = temporaryFolder();
  hub.cutAfter = 100_000;
  const failure = await fetchSnapshot(requestFor(hub.url, cacheDir, { allowDownload: true })).catch((reason: unknown) => reason);
  expect(failure).toBeInstanceOf(ConnectorError);
  expect((failure as Error).message).toMatch(/some\/model \(revision main\) cannot be downloaded/);
  expect(existsSync(join(cacheDir, "models--some--model", "refs", "main"))).toBe(false);
  await expect(fetchSnapshot(requestFor(hub.url, cacheDir))).rejects.toThrow(/not cached/);

  hub.cutAfter = Infinity;
  hub.asked.length = 0;
  const { folder } = await fetchSnapshot(requestFor(hub.url, cacheDir, { allowDownload: true }));
  expect(readFileSync(join(folder, "onnx/model.onnx_data")).equals(hub.files["onnx/model.onnx_data"] as Buffer)).toBe(true);
  expect(hub.asked.some((line) => line.includes("model.onnx_data bytes=100000-"))).toBe(true);
  expect(hub.asked.some((line) => line.includes("README") || line.includes("pytorch"))).toBe(false);
});

test("bytes that do not have the announced hash are thrown away", async () => {
  const hub = await fakeHub();
  const cacheDir = temporaryFolder();
  const blobs = join(cacheDir, "models--some--model", "blobs");
  const data = hub.files["onnx/model.onnx_data"] as Buffer;
  mkdirSync(blobs, { recursive: true });
  writeFileSync(join(blobs, `${sha256(data)}.incomplete`), "the start of something else");
  await expect(fetchSnapshot(requestFor(hub.url, cacheDir, { allowDownload: true }))).rejects.toThrow(
    /onnx\/model\.onnx_data arrived damaged/,
  );
  expect(readdirSync(blobs).filter((name) => name.includes(sha256(data)))).toEqual([]);
  const { folder } = await fetchSnapshot(requestFor(hub.url, cacheDir, { allowDownload: true }));
  expect(readFileSync(join(folder, "onnx/model.onnx_data")).equals(data)).toBe(true);
});

test("a snapshot whose files are links to nothing counts as not cached", async () => {
  const hub = await fakeHub();
  const cacheDir = temporaryFolder();
  const { folder } = await fetchSnapshot(requestFor(hub.url, cacheDir, { allowDownload: true }));
  const other = temporaryFolder();
  const copy = join(other, "models--some--model", "snapshots", COMMIT);
  for (const path of ["onnx"]) mkdirSync(join(copy, path), { recursive: true });
  for (const path of ["config.json", "tokenizer.json", "tokenizer_config.json", "onnx/model.onnx"])
    symlinkSync(join(folder, "gone", path), join(copy, path));
  await expect(fetchSnapshot(requestFor(hub.url, other, { config: { repoId: "some/model", revision: COMMIT } }))).rejects.toThrow(
    /not cached/,
  );
});

test("a hub that cannot be reached, or does not know the model, is one clear error", async () => {
  const hub = await fakeHub();
  await expect(fetchSnapshot(requestFor("http://127.0.0.1:9", temporaryFolder(), { allowDownload: true }))).rejects.toThrow(
    /cannot be downloaded/,
  );
  const unknown = requestFor(hub.url, temporaryFolder(), { allowDownload: true, config: { repoId: "some/other" } });
  await expect(fetchSnapshot(unknown)).rejects.toThrow(/some\/other \(revision main\) cannot be downloaded: .*404/);
  await expect(fetchSnapshot(unknown)).rejects.toBeInstanceOf(ConnectorError);
});

test("a precision that the repository lacks is refused before anything is fetched", async () => {
  const hub = await fakeHub();
  const choose = (paths: readonly string[]): readonly string[] => chooseTextFiles(paths, "fp16", "some/model");
  const failure = fetchSnapshot(requestFor(hub.url, temporaryFolder(), { allowDownload: true, choose }));
  await expect(failure).rejects.toThrow("some/model has no model graph of dtype fp16; valid here: fp32, q4");
});

/** A mirror that answers with whatever it is told to list, and any content. */
async function hostileMirror(entries: readonly object[], content: Buffer): Promise<string> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "", "http://hub");
    const json = (value: unknown): void => void response.setHeader("content-type", "application/json").end(JSON.stringify(value));
    if (pathname.includes("/revision/")) return json({ _id: "1", id: "some/model", sha: COMMIT, tags: [] });
    if (pathname.includes("/tree/")) return json(entries);
    const whole = { etag: '"../../../../evil"', "content-length": String(content.length) };
    const range = { ...whole, "content-range": `bytes 0-${content.length - 1}/${content.length}` };
    response.writeHead(request.headers.range === undefined ? 200 : 206, request.headers.range === undefined ? whole : range).end(content);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const CONTENT = Buffer.from('{"a": 1}');
const git = (data: Buffer): string => createHash("sha1").update(`blob ${data.length}\0`).update(data).digest("hex");
const plain = { type: "file", path: "config.json", size: CONTENT.length, oid: git(CONTENT) };

test.each([
  ["a git hash that is a path", { ...plain, oid: "../../../../evil" }, /a git hash that is none for config\.json: "\.\.\/\.\.\//],
  ["no hash at all", { ...plain, oid: undefined }, /a git hash that is none/],
  ["a SHA-256 that is a path", { ...plain, lfs: { oid: "../../../../evil", size: 8, pointerSize: 1 } }, /a SHA-256 that is none/],
  ["a path that leads up", { ...plain, path: "../../../../evil.json" }, /a path that leads elsewhere/],
  ["an absolute path", { ...plain, path: "/tmp/evil.json" }, /a path that leads elsewhere/],
  ["a path with a drive", { ...plain, path: "C:\\evil.json" }, /a path that leads elsewhere/],
  ["a size below nothing", { ...plain, size: -1 }, /a size that is none/],
  ["another content than its hash", { ...plain, oid: git(Buffer.from("other")) }, /arrived damaged/],
  ["more than it said", { ...plain, size: 3 }, /is longer than the hub says: 3 bytes|arrived damaged/],
] as const)("a mirror that sends %s writes nothing but in its own cache, and is refused", async (_, entry, problem) => {
  const place = temporaryFolder();
  const cacheDir = join(place, "a", "b", "c", "hub");
  mkdirSync(cacheDir, { recursive: true });
  const hubUrl = await hostileMirror([entry], CONTENT);
  const choose = (paths: readonly string[]): readonly string[] => paths;
  const request = { config: { repoId: "some/model" }, cacheDir, hubUrl, choose, allowDownload: true };
  await expect(fetchSnapshot(request)).rejects.toThrow(problem);
  const written = readdirSync(place, { recursive: true }).map(String);
  expect(written.filter((path) => path.includes("evil"))).toEqual([]);
  expect(written.filter((path) => path.endsWith("config.json"))).toEqual([]);
});

test("a small file whose size and git hash are right is kept", async () => {
  const cacheDir = temporaryFolder();
  const hubUrl = await hostileMirror([plain], CONTENT);
  const { folder } = await fetchSnapshot({
    ...{ config: { repoId: "some/model" }, cacheDir, hubUrl, allowDownload: true },
    choose: (paths) => paths,
  });
  expect(readFileSync(join(folder, "config.json"), "utf8")).toBe(CONTENT.toString());
});

test.each([
  ["../../evil", "main"],
  ["some/model", "../../../evil"],
  ["some/model", "a/../b"],
])("%s at %s is no name", async (repoId, revision) => {
  const choose = (paths: readonly string[]): readonly string[] => paths;
  await expect(fetchSnapshot({ config: { repoId, revision }, cacheDir: temporaryFolder(), choose })).rejects.toThrow(/is no name/);
});
