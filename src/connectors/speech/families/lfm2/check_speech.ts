import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { readOnnxFile } from "../../../../onnx/onnx_file.js";
import type { OpenSession } from "../../../../onnx/session.js";
import { createRng } from "../../../../random.js";
import { openRegular } from "../../../../repos/door.js";
import { float32At } from "../../../../util/elements.js";
import type { CheckRow } from "../../../check_row.js";
import { type CheckContext, openGraph } from "./check_row.js";
import { type ChooseCode, chooseLikeliest, Depthformer } from "./depthformer.js";
import { Detokenizer } from "./detokenize.js";

const SAMPLES_PER_FRAME = 1_920;

/** Greedy frames, growing and full caches, several rows, and the rotary erratum of the first published graph. */
export async function checkDepthformer(context: CheckContext): Promise<readonly CheckRow[]> {
  const { repo, files, config } = context;
  const check = "depthformer";
  if (files.depthformer === null) return [{ check, found: "", status: "skipped", detail: "not there: the model cannot speak" }];
  const path = join(repo.folder, files.depthformer.path);
  const open = await openGraph(context, files.depthformer.path);
  const projection = files.projection === null ? null : await openGraph(context, files.projection.path);
  try {
    const make = (fullCaches: boolean): Depthformer =>
      new Depthformer(open, { codebooks: config.codebooks, projection, fullCaches, spent: { passes: 0 } });
    const depthformer = make(open.provider === "webgpu");
    const hidden = someState(config.hidden ?? widthOf(depthformer, projection));
    const [first, second] = [await frame(depthformer, hidden), await frame(depthformer, hidden)];
    const same = first.codes.join() === second.codes.join();
    return [
      {
        check,
        found: `${files.depthformer.path}, signature ${depthformer.io.variant}`,
        status: same ? "passed" : "failed",
        detail: `a greedy frame twice: ${same ? first.codes.join(" ") : "different codes"}`,
      },
      await cacheSizes(depthformer, make(true), hidden),
      {
        check: "depthformer: rows",
        found: (await depthformer.canBatch(hidden.length)) ? "several at once" : "one at a time",
        status: "passed",
        detail: "compared with single rows",
      },
      await rotary(path),
    ];
  } finally {
    await open.session.release();
    await projection?.session.release();
  }
}

/** Sound of a few frames. */
export async function checkDetokenizer(context: CheckContext): Promise<readonly CheckRow[]> {
  const { files, config } = context;
  const check = "detokenizer";
  if (files.detokenizer === null) return [{ check, found: "", status: "skipped", detail: "not there: the model cannot speak" }];
  const open = await openGraph(context, files.detokenizer.path);
  try {
    const frames = 4;
    const rng = createRng("codes");
    const codes = Int32Array.from({ length: frames * config.codebooks }, () => rng.int(2_048));
    const samples = await new Detokenizer(open).samples({ frames, codebooks: config.codebooks, codes });
    const finite = samples.every(Number.isFinite);
    const loud = samples.filter((x) => Math.abs(x) > 1).length / samples.length;
    const good = finite && samples.length === SAMPLES_PER_FRAME * frames && loud < 0.5;
    return [
      {
        check,
        found: `${files.detokenizer.path}, ${samples.length / frames} samples a frame`,
        status: good ? "passed" : "failed",
        detail: `${finite ? "finite" : "not all finite"}, ${(100 * loud).toFixed(1)} % beyond full scale`,
      },
    ];
  } finally {
    await open.session.release();
  }
}

async function frame(
  depthformer: Depthformer,
  hidden: Float32Array,
): Promise<{ readonly codes: Int32Array; readonly firstLogits: Float32Array }> {
  let firstLogits = new Float32Array(0);
  const choose: ChooseCode = (row, codebook, logits, start, size) => {
    if (codebook === 0) firstLogits = logits.slice(start, start + size);
    return chooseLikeliest(row, codebook, logits, start, size);
  };
  return { codes: await depthformer.run(hidden, 1, choose), firstLogits };
}

/** Logits of codebook 0 must not depend on how large a cache is handed over. */
async function cacheSizes(growing: Depthformer, full: Depthformer, hidden: Float32Array): Promise<CheckRow> {
  const check = "depthformer: caches";
  if (growing.io.seen === null)
    return { check, found: "caches that grow", status: "skipped", detail: "this signature does not tell the past length" };
  const small = await frame(growing, hidden);
  const large = await frame(full, hidden);
  const off = small.firstLogits.reduce((worst, value, i) => Math.max(worst, Math.abs(value - float32At(large.firstLogits, i))), 0);
  const same = small.codes.join() === large.codes.join();
  return {
    check,
    found: same ? "the same codes with growing and full caches" : "other codes with full caches",
    status: off < 1e-3 ? "passed" : "failed",
    detail: `logits of codebook 0 off by ${off.toExponential(1)}`,
  };
}

/** In the first published graph attention does not rotate, so codebooks 1 … 7 differ from the original's. */
async function rotary(path: string): Promise<CheckRow> {
  const check = "depthformer: rotary";
  const attends = readOnnxFile(path).nodes.some(({ op }) => op === "GroupQueryAttention");
  if (!attends) return { check, found: "no GroupQueryAttention", status: "skipped", detail: "this graph spells its attention out" };
  const rotates = await contains(path, Buffer.from("do_rotary\x18\x01", "latin1"));
  return {
    check,
    found: rotates ? "rotated" : "not rotated",
    status: "passed",
    detail: rotates
      ? "as the original"
      : "codebooks 1 … 7 are not the original's, token for token; speech stays intelligible (known of early exports)",
  };
}

async function contains(path: string, wanted: Buffer): Promise<boolean> {
  let tail = Buffer.alloc(0);
  const { handle } = await openRegular(await realpath(path));
  for await (const chunk of handle.createReadStream({ highWaterMark: 1 << 20 })) {
    const window = Buffer.concat([tail, chunk as Buffer]);
    if (window.includes(wanted)) return true;
    tail = window.subarray(-wanted.length);
  }
  return false;
}

function someState(width: number): Float32Array {
  const rng = createRng("hidden state");
  return Float32Array.from({ length: width }, () => 2 * rng.float() - 1);
}

function widthOf({ io }: Depthformer, projection: OpenSession | null): number {
  const input = io.hidden ?? projection?.session.inputMetadata.find((m) => m.isTensor);
  const width = input?.isTensor ? input.shape[1] : undefined;
  if (typeof width !== "number") throw new Error("the graph does not tell how wide a hidden state is");
  return width;
}
