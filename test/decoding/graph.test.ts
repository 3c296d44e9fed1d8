import { cpSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { LiquidAudio } from "../../src/connectors/speech/families/lfm2/model.js";
import { DecoderGraph } from "../../src/decoding/graph.js";
import { openSession } from "../../src/onnx/session.js";
import { temporaryFolder } from "../support/decoder_files.js";

const MODELS = fileURLToPath(new URL("../../fixtures/models/nano", import.meta.url));
const TEXT = join(MODELS, "text", "onnx", "model.onnx");

test("a decoder of text under a model of sound is refused: sound would be read as ids of tokens", async () => {
  const folder = temporaryFolder();
  cpSync(join(MODELS, "audio"), folder, { recursive: true });
  cpSync(TEXT, join(folder, "onnx", "decoder.onnx"));
  await expect(LiquidAudio.load({ config: { repoId: folder }, device: "cpu", threads: 1 })).rejects.toThrow(
    /decoder\.onnx takes input_ids, but this connector feeds embeddings, sound among them: it is the decoder of a text model$/,
  );
});

test("caches of a call end with it, but for those that are kept", async () => {
  const open = await openSession(TEXT, { device: "cpu", threads: 1 });
  const graph = new DecoderGraph(open);
  const ids = Int32Array.of(5, 6, 7);
  const [kept, lost] = await graph.during(undefined, async (own) => {
    const one = await own.run({ ids, cache: own.empty(1), keep: 1 });
    const two = await own.run({ ids: Int32Array.of(8), cache: one.cache, keep: 1 });
    own.keep(two.cache);
    return [two.cache, one.cache];
  });
  expect(kept).toMatchObject({ rows: 1, length: 4 });
  expect((await graph.read(kept)).length).toBe(graph.io.caches.length);
  await expect(graph.read(lost)).rejects.toThrow("a cache is used that was given up");
  await graph.during(undefined, async (own) => own.adopt(kept));
  await expect(graph.read(kept)).rejects.toThrow("a cache is used that was given up");
  await graph.release();
});
