import { join } from "node:path";
import { normalizeMel } from "../../../../audio/front_ends/frames.js";
import { LFM2_MEL, logMel, type Mel, validFrames } from "../../../../audio/front_ends/mel.js";
import { openGraphRows } from "../../../../onnx/graph_rows.js";
import type { RowSource } from "../../../../onnx/rows.js";
import { loadTokenizer } from "../../../../text/load_tokenizer.js";
import { append, maxOf } from "../../../../util/arrays.js";
import { float32At } from "../../../../util/elements.js";
import type { CheckRow } from "../../../check_row.js";
import { openRows } from "../../open_rows.js";
import { testTone } from "../../test_tone.js";
import type { CheckContext } from "./check_row.js";
import { END_OF_AUDIO, SPECIAL_TOKENS, specialIds } from "./tokens.js";

/** Ids of the special tokens by their text, and the end token of the configuration. */
export async function checkTokens({ repo }: CheckContext): Promise<readonly CheckRow[]> {
  const { tokenizer, eosIds } = await loadTokenizer(repo.folder);
  const ids = specialIds(tokenizer);
  const found = Object.entries(SPECIAL_TOKENS)
    .map(([name, { text }]) => `${text} ${ids[name as keyof typeof ids]}`)
    .join(", ");
  const ends = eosIds.includes(ids.turnEnd);
  return [
    { check: "special tokens", found, status: "passed", detail: "ids as published" },
    {
      check: "end token",
      found: eosIds.join(", "),
      status: ends ? "passed" : "failed",
      detail: ends
        ? "the configuration ends answers with <|im_end|>"
        : `the configuration does not end answers with <|im_end|> (${ids.turnEnd})`,
    },
  ];
}

/** log-mel of `testTone` at [frame, bin], computed in double precision apart from this code. */
const REFERENCE: readonly (readonly [frame: number, bin: number, value: number])[] = [
  [0, 0, -7.79482],
  [10, 7, -12.66933],
  [50, 20, -2.02127],
  [37, 64, -15.97151],
  [99, 127, -16.23587],
];

/** The configured front end on a known second of sound. */
export async function checkFrontEnd({ config }: CheckContext): Promise<readonly CheckRow[]> {
  const { mel } = config;
  const wave = testTone();
  const raw = logMel(wave, mel);
  const valid = validFrames(wave.length, mel);
  const normalised = normalizeMel(raw, valid);
  const published = JSON.stringify({ ...mel, padTo: 0 }) === JSON.stringify(LFM2_MEL);
  const off = published ? maxOf(REFERENCE.map(([t, b, value]) => Math.abs(float32At(raw.data, t * raw.bins + b) - value))) : 0;
  const { mean, std } = worstBin(normalised, valid);
  const tail = normalised.data.subarray(valid * raw.bins).every((value) => value === 0);
  const good = off < 1e-3 && mean < 1e-3 && std < 1e-2 && tail && raw.frames === valid + 1;
  return [
    {
      check: "mel front end",
      found: `${raw.frames} frames of ${raw.bins} bins for 1 s`,
      status: good ? "passed" : "failed",
      detail: `${published ? `off by ${off.toExponential(1)} from reference values` : "not the published constants"}; normalised mean within ${mean.toExponential(1)} of 0, deviation within ${std.toExponential(1)} of 1; last frame ${tail ? "zero" : "not zero"}`,
    },
  ];
}

/** Largest |mean| and |deviation − 1| of a bin over the frames that count. */
function worstBin({ bins, data }: Mel, frames: number): { readonly mean: number; readonly std: number } {
  let [mean, std] = [0, 0];
  for (let b = 0; b < bins; b++) {
    const column = Float64Array.from({ length: frames }, (_, t) => float32At(data, t * bins + b));
    const centre = column.reduce((a, x) => a + x, 0) / frames;
    const deviation = Math.sqrt(column.reduce((a, x) => a + (x - centre) ** 2, 0) / (frames - 1));
    mean = Math.max(mean, Math.abs(centre));
    std = Math.max(std, Math.abs(deviation - 1));
  }
  return { mean, std };
}

/** Sizes of the tables against the configuration; where a table and a graph hold the same rows, one row of each. */
export async function checkTables(context: CheckContext): Promise<readonly CheckRow[]> {
  const { repo, files, config, sessions } = context;
  const text = await openRows(repo.folder, files.text, sessions);
  const fits = (config.vocabulary ?? text.count) === (text.count ?? config.vocabulary) && (config.hidden ?? text.hidden) === text.hidden;
  const rows: CheckRow[] = [
    {
      check: "token embeddings",
      found: `${text.count ?? "?"} × ${text.hidden}`,
      status: fits ? "passed" : "failed",
      detail: `config.json: ${config.vocabulary ?? "?"} × ${config.hidden ?? "?"}`,
    },
  ];
  await text.close();
  if (files.audio === null)
    return [...rows, { check: "audio embedding", found: "", status: "skipped", detail: "not there: the model cannot speak" }];
  const audio = await openRows(repo.folder, files.audio, sessions);
  const wanted = config.codebooks * (END_OF_AUDIO + 1);
  const right = (audio.count ?? wanted) === wanted && audio.hidden === text.hidden;
  rows.push({
    check: "audio embedding",
    found: `${audio.count ?? "?"} × ${audio.hidden}`,
    status: right ? "passed" : "failed",
    detail: `${config.codebooks} codebooks of ${END_OF_AUDIO + 1} take ${wanted} × ${text.hidden}`,
  });
  append(rows, await sameRows(context, audio));
  await audio.close();
  return rows;
}

/** An early audio_embedding.onnx normalised its rows, which its table does not; the table is what is used. */
async function sameRows({ repo, files, sessions }: CheckContext, table: RowSource): Promise<readonly CheckRow[]> {
  const path = repo.paths.find((name) => /^(onnx\/)?audio_embedding(_fp16)?\.onnx$/.test(name));
  if (files.audio?.kind !== "table" || path === undefined) return [];
  const graph = await openGraphRows(join(repo.folder, path), sessions);
  const index = END_OF_AUDIO - 1;
  const [wanted] = await table.rows([index]);
  const [given] = await graph.rows([index]);
  await graph.close();
  const off = maxOf(Array.from(wanted ?? [], (x, i) => Math.abs(x - (given?.[i] ?? Number.NaN))));
  const same = off < 1e-2;
  return [
    {
      check: "audio embedding: graph",
      found: `${path}, row ${index} off by ${off.toExponential(1)}`,
      status: same ? "passed" : "failed",
      detail: same ? "the same rows as the table" : "other rows than the table, which is used: an early export normalised them",
    },
  ];
}
