import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ConnectorError } from "../../src/errors.js";
import { admit, admitSync, openRegularSync, readWhole } from "../../src/repos/door.js";
import { fileSha256 } from "../../src/repos/local_files.js";
import { readJson, readJsonObject, readText } from "../../src/repos/read_files.js";
import { temporaryFolder } from "../support/decoder_files.js";

/** A model's folder beside a secret. */
function folders(): { readonly outside: string; readonly folder: string } {
  const outside = temporaryFolder();
  const folder = join(outside, "model");
  mkdirSync(folder);
  writeFileSync(join(outside, "secret.json"), '{"secret": true}');
  writeFileSync(join(folder, "config.json"), "{}");
  return { outside, folder };
}

test("a file of the folder is let in; links inside of the folder too", async () => {
  const { folder } = folders();
  symlinkSync("config.json", join(folder, "link.json"));
  expect(await admit(folder, "link.json")).toBe(await admit(folder, "config.json"));
  expect(await readJson(folder, "link.json")).toEqual({});
});

test("what leads out of the folder is refused in one line: by a link, a linked folder, dots, an absolute path", async () => {
  const { outside, folder } = folders();
  symlinkSync("../secret.json", join(folder, "generation_config.json"));
  symlinkSync(outside, join(folder, "onnx"));
  for (const name of ["generation_config.json", "onnx/secret.json", "../secret.json", join(outside, "secret.json"), "/etc/passwd"]) {
    await expect(admit(folder, name)).rejects.toThrow(ConnectorError);
    await expect(admit(folder, name)).rejects.toThrow(/^\S+ leads out of the model's folder \S+: a model's files must lie inside of it$/);
    expect(() => admitSync(folder, name)).toThrow(/leads out/);
  }
  await expect(readText(folder, "generation_config.json")).rejects.toThrow(/leads out/);
});

test("a snapshot of the Hugging Face cache may lead to the blobs beside it, and nowhere else", async () => {
  const { outside } = folders();
  const cache = join(outside, "models--some--model");
  const snapshot = join(cache, "snapshots", "0123");
  for (const made of [join(cache, "blobs"), join(snapshot, "onnx"), join(outside, "models--other--model", "blobs")])
    mkdirSync(made, { recursive: true });
  writeFileSync(join(cache, "blobs", "4567"), "{}");
  writeFileSync(join(outside, "models--other--model", "blobs", "4567"), "{}");
  symlinkSync("../../blobs/4567", join(snapshot, "config.json"));
  symlinkSync("../../../blobs/4567", join(snapshot, "onnx", "model.onnx"));
  symlinkSync("../../../models--other--model/blobs/4567", join(snapshot, "other.json"));
  symlinkSync("../../../secret.json", join(snapshot, "secret.json"));
  expect(await readJson(snapshot, "config.json")).toEqual({});
  expect(await admit(snapshot, "onnx/model.onnx")).toContain("blobs");
  expect(await admit(join(snapshot, "onnx"), "model.onnx")).toContain("blobs");
  await expect(admit(snapshot, "other.json")).rejects.toThrow(/leads out/);
  await expect(admit(snapshot, "secret.json")).rejects.toThrow(/leads out/);
});

test.skipIf(process.platform === "win32")("pipes, sockets, devices and folders are no files, and nobody waits for them", async () => {
  const { folder } = folders();
  const [pipe, socket] = [join(folder, "pipe.json"), join(folder, "socket.json")];
  execFileSync("mkfifo", [pipe]);
  const server = createServer();
  await new Promise<void>((listening) => server.listen(socket, listening));
  onTestFinished(() => void server.close());
  for (const path of [pipe, socket, "/dev/zero", folder]) {
    await expect(readWhole(path, { maxBytes: 10 })).rejects.toThrow(/ is (a pipe|a device|a folder|a socket or pipe), not a file$/);
    expect(() => openRegularSync(path)).toThrow(ConnectorError);
    await expect(fileSha256(path)).rejects.toThrow(ConnectorError);
  }
  await expect(readJson(folder, "pipe.json")).rejects.toThrow(/pipe, not a file/);
});

test("files are bounded, and reading them ends with the signal", async () => {
  const { folder } = folders();
  const path = join(folder, "large.json");
  writeFileSync(path, Buffer.alloc(3_000_000, " "));
  await expect(readWhole(path, { maxBytes: 1_000_000 })).rejects.toThrow(`${path} has 3000000 bytes; at most 1000000 are read`);
  expect((await readWhole(path, { maxBytes: 3_000_000 })).length).toBe(3_000_000);
  await expect(readWhole(path, { maxBytes: 3_000_000, signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
});

test("a file that is no JSON is not quoted: it may be one that nobody meant to publish", async () => {
  const { folder } = folders();
  writeFileSync(join(folder, "config.json"), "SHELL=/bin/secret");
  const error = (await readJson(folder, "config.json").catch((reason: unknown) => reason)) as Error;
  expect(error).toBeInstanceOf(ConnectorError);
  expect(error.message).toContain("config.json is no JSON");
  expect(error.message).not.toContain("SHELL");
});

test.each(["[]", "null", "1", '"text"'])("a configuration that is %s is refused", async (text) => {
  const { folder } = folders();
  writeFileSync(join(folder, "config.json"), text);
  await expect(readJsonObject(folder, "config.json")).rejects.toThrow(/config\.json is no JSON object/);
  expect(await readJsonObject(folder, "none.json")).toBeNull();
});
