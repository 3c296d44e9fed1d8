import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { openModel } from "../../src/connectors/registry.js";
import type { Model } from "../../src/connectors/types.js";
import { NotCachedError } from "../../src/errors.js";
import { type Encoder, loadEncoder } from "../../src/helpers/sentence_encoder.js";
import { ResultSchema } from "../../src/results/result_schema.js";
import { requestOf, STRICT } from "../../src/spec/load.js";
import { explain } from "../../src/tasks/explain.js";
import { inspect } from "../../src/tasks/inspect.js";
import { temporaryFolder } from "../support/decoder_files.js";
import { writeEncoder } from "../support/encoder_files.js";

/** Encoders that are open. */
const open = vi.hoisted(() => new Set<unknown>());

vi.mock("../../src/helpers/sentence_encoder.js", async (original) => {
  const module = (await original()) as { loadEncoder: typeof loadEncoder };
  const counted = async (options: Parameters<typeof loadEncoder>[0]): Promise<Encoder> => {
    const encoder = await module.loadEncoder(options);
    open.add(encoder);
    const dispose = async (): Promise<void> => {
      open.delete(encoder);
      await encoder.dispose();
    };
    return { ...encoder, dispose };
  };
  return { ...module, loadEncoder: vi.fn(counted) };
});

describe("a sentence encoder as source of embeddings", () => {
  let folder: string;
  let model: Model;

  beforeAll(async () => {
    model = await openModel("transformers-text", { config: { repoId: "embedded:nano" }, device: "cpu", threads: 1 });
  });
  beforeEach(() => {
    folder = realpathSync(temporaryFolder());
    mkdirSync(join(folder, "encoder"));
    writeEncoder({ folder: join(folder, "encoder") });
    open.clear();
    vi.mocked(loadEncoder).mockClear();
  });
  afterAll(() => model.dispose());

  const requestFor = (source: string, policy = STRICT) =>
    requestOf(
      {
        model: { connector: "transformers-text", repo: "embedded:nano", device: "cpu", dtype: "fp32" },
        messages: [{ role: "user", content: "turn off the fan" }],
        explain: { players: "word", payoff: { kind: "embedding", source } },
      },
      folder,
      { policy },
    );

  it("explains, names the encoder's files in the result, and closes it", async () => {
    const { encoder, explainer, payoff, players } = await explain(await requestFor("encoder"), { model });
    expect(explainer.payoff).toBe("embedding");
    expect(encoder).toMatchObject({ connector: "encoder", repo: "encoder", dtype: "fp32" });
    const graph = readFileSync(join(folder, "encoder", "onnx", "model.onnx"));
    expect(encoder?.sha256["onnx/model.onnx"]).toBe(createHash("sha256").update(graph).digest("hex"));
    expect(payoff.full).toBeCloseTo(1, 12);
    expect(players.some(({ value }) => value !== 0)).toBe(true);
    expect([vi.mocked(loadEncoder).mock.calls.length, open.size]).toEqual([1, 0]);
  });

  it("has no encoder in the result where none is used", async () => {
    const result = await explain(await requestFor("static"), { model });
    expect(result).not.toHaveProperty("encoder");
    expect(ResultSchema.safeParse(result).success).toBe(true);
    expect(loadEncoder).not.toHaveBeenCalled();
  });

  it("serves inspect, which closes it too", async () => {
    expect((await inspect(await requestFor("./encoder"), { model })).cost?.coalitions).toBe(16);
    expect([vi.mocked(loadEncoder).mock.calls.length, open.size]).toEqual([1, 0]);
  });

  it("closes it where the run fails, or is interrupted", async () => {
    const request = await requestFor("encoder");
    await expect(explain(request, { model, signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
    const failing: Model = Object.assign(Object.create(model) as Model, { generateBatch: () => Promise.reject(new Error("no answer")) });
    await expect(explain(request, { model: failing })).rejects.toThrow("no answer");
    expect([vi.mocked(loadEncoder).mock.calls.length > 0, open.size]).toEqual([true, 0]);
  });

  it("lies in the spec's folder, unless the person who runs it permits more", async () => {
    const outside = realpathSync(writeEncoder());
    await expect(requestFor(outside)).rejects.toThrow(/lies outside the spec's folder; --allow-outside permits that/);
    const permitted = await requestFor(outside, { ...STRICT, allowOutside: true });
    expect((await explain(permitted, { model })).encoder?.repo).toBe(outside);
  });

  it("is not downloaded without leave, nor offline", async () => {
    const cacheDir = join(folder, "hub");
    const request = await requestFor("owner/encoder");
    await expect(explain(request, { model, cacheDir })).rejects.toThrow(NotCachedError);
    const offline = { ...request, policy: { ...STRICT, offline: true, allowDownload: true } };
    await expect(explain(offline, { model, cacheDir })).rejects.toThrow(/owner\/encoder .* offline use is asked for/);
  });
});
