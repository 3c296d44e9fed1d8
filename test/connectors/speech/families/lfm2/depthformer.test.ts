import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type ChooseCode, chooseLikeliest, Depthformer } from "../../../../../src/connectors/speech/families/lfm2/depthformer.js";
import { openSession } from "../../../../../src/onnx/session.js";
import { createRng } from "../../../../../src/random.js";
import { temporaryFolder } from "../../../../support/decoder_files.js";
import { type DepthShape, type DepthVariant, depthGraph, naiveFrame, projectionGraph } from "../../../../support/depth_graphs.js";
import { encodeModel, FLOAT, type Graph } from "../../../../support/onnx_writer.js";

const SHAPE: DepthShape = { hidden: 6, codebooks: 4, codes: 12, heads: 2, headDim: 8 };
const ROWS = 5;

const VARIANTS: Readonly<Record<string, DepthVariant>> = {
  current: { signature: "current" },
  "current with token_id (D)": { signature: "current", tokenId: true },
  "A: time before heads, one row": { signature: "A" },
  "B: projection apart (and C)": { signature: "B" },
  "B, caches of the new position only": { signature: "B", newOnly: true },
  "B, float16 caches": { signature: "B", halfCaches: true },
};

const states = (): Float32Array => {
  const rng = createRng(3);
  return Float32Array.from({ length: ROWS * SHAPE.hidden }, () => 2 * rng.float() - 1);
};

async function open(graph: Graph, projection: Graph | null, options: { readonly fullCaches?: boolean } = {}): Promise<Depthformer> {
  const folder = temporaryFolder();
  const session = async (name: string, model: Graph) => {
    writeFileSync(join(folder, name), encodeModel(model));
    return await openSession(join(folder, name), { device: "cpu", threads: 1 });
  };
  return new Depthformer(await session("depthformer.onnx", graph), {
    codebooks: SHAPE.codebooks,
    projection: projection === null ? null : await session("projection.onnx", projection),
    spent: { passes: 0 },
    ...options,
  });
}

const openVariant = (variant: DepthVariant, options = {}): Promise<Depthformer> =>
  open(depthGraph(SHAPE, variant), variant.signature === "B" ? projectionGraph(SHAPE) : null, options);

const likeliest = (logits: readonly number[]): number => logits.indexOf(Math.max(...logits));

describe.each(Object.entries(VARIANTS))("%s", (name, variant) => {
  test("greedy frames and all logits are those of plain sums", async () => {
    const depthformer = await openVariant(variant);
    const hidden = states();
    const seen = new Map<string, readonly number[]>();
    const codes = await depthformer.frames(hidden, ROWS, (row, codebook, logits, start, size) => {
      seen.set(`${row}/${codebook}`, [...logits.subarray(start, start + size)]);
      return chooseLikeliest(row, codebook, logits, start, size);
    });
    const digits = variant.halfCaches ? 1 : 4;
    const highest = SHAPE.codes - (variant.signature === "B" ? 2 : 1);
    for (let row = 0; row < ROWS; row++) {
      const wanted = naiveFrame(SHAPE, hidden.subarray(row * SHAPE.hidden, (row + 1) * SHAPE.hidden), likeliest, highest);
      expect([...codes.subarray(row * SHAPE.codebooks, (row + 1) * SHAPE.codebooks)]).toEqual(wanted.codes);
      wanted.logits.forEach((logits, codebook) => {
        logits.forEach((value, v) => {
          expect(seen.get(`${row}/${codebook}`)?.[v]).toBeCloseTo(value, digits);
        });
      });
    }
    expect(new Set(codes).size).toBeGreaterThan(4);
    expect(await depthformer.canBatch(SHAPE.hidden)).toBe(!name.startsWith("A"));
    await depthformer.release();
  });

  test("codes may be given: the next ones depend on them", async () => {
    const depthformer = await openVariant(variant);
    const hidden = states().subarray(0, SHAPE.hidden);
    const rng = createRng(9);
    for (let i = 0; i < 3; i++) {
      const given = Array.from({ length: SHAPE.codebooks }, () => rng.int(SHAPE.codes - 1));
      const last: number[] = [];
      const choose: ChooseCode = (_row, codebook, logits, start, size) => {
        last.splice(0, last.length, ...logits.subarray(start, start + size));
        return given[codebook] as number;
      };
      expect([...(await depthformer.frames(hidden, 1, choose))]).toEqual(given);
      const wanted = naiveFrame(SHAPE, hidden, (_, codebook) => given[codebook] as number).logits.at(-1) ?? [];
      wanted.forEach((value, v) => {
        expect(last[v]).toBeCloseTo(value, variant.halfCaches ? 1 : 4);
      });
    }
    await depthformer.release();
  });
});

test("caches may be handed over at full length where the graph counts positions", async () => {
  const [growing, full] = [
    await openVariant(VARIANTS.current as DepthVariant),
    await openVariant(VARIANTS.current as DepthVariant, { fullCaches: true }),
  ];
  const codes = await growing.frames(states(), ROWS, chooseLikeliest);
  expect(await full.frames(states(), ROWS, chooseLikeliest)).toEqual(codes);
});

test("rows go one by one where several at once give something else", async () => {
  const variant: DepthVariant = { signature: "B", mixesRows: true };
  const depthformer = await openVariant(variant);
  expect(await depthformer.canBatch(SHAPE.hidden)).toBe(false);
  const codes = await depthformer.frames(states(), ROWS, chooseLikeliest);
  for (let row = 0; row < ROWS; row++) {
    const alone = await depthformer.run(states().subarray(row * SHAPE.hidden, (row + 1) * SHAPE.hidden), 1, chooseLikeliest);
    expect([...codes.subarray(row * SHAPE.codebooks, (row + 1) * SHAPE.codebooks)]).toEqual([...alone]);
  }
});

test("a code that variant B has no row for is looked up as the highest one", async () => {
  const depthformer = await openVariant({ signature: "B" });
  const hidden = states().subarray(0, SHAPE.hidden);
  const logits = async (second: number): Promise<readonly number[]> => {
    let out: readonly number[] = [];
    await depthformer.run(hidden, 1, (_row, codebook, values, start, size) => {
      if (codebook === 2) out = [...values.subarray(start, start + size)];
      return codebook === 1 ? second : 0;
    });
    return out;
  };
  expect(await logits(SHAPE.codes - 1)).toEqual(await logits(SHAPE.codes - 2));
  expect(await logits(SHAPE.codes - 3)).not.toEqual(await logits(SHAPE.codes - 2));
});

test("graphs that are not understood are refused in one line", async () => {
  const graph = depthGraph(SHAPE, { signature: "current" });
  const renamed = { ...graph, inputs: [...graph.inputs, { name: "speaker_id", type: FLOAT, dims: [1] }] };
  await expect(open(renamed, null)).rejects.toThrow(/role of input `speaker_id` is not known; `mllm-shap models check --verbose` prints/);
  await expect(open(depthGraph(SHAPE, { signature: "B" }), null)).rejects.toThrow(/no vocoder_projection/);
});
