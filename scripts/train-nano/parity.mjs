// Do the exported graphs compute what torch computes?  python3 parity.py && node parity.mjs [WORK]
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as ort from "onnxruntime-node";

const here = path.dirname(fileURLToPath(import.meta.url));
const models = path.join(here, "../../fixtures/models");
const parity = path.join(process.argv[2] ?? path.join(here, "work"), "parity");
const index = JSON.parse(fs.readFileSync(path.join(parity, "index.json"), "utf8"));
const options = { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: "sequential" };
const TOLERANCE = 2e-4;
let failed = 0;

const open = (file) => ort.InferenceSession.create(path.join(models, file), options);

function load(name) {
  const { shape, dtype } = index.tensors[name];
  const bytes = new Uint8Array(fs.readFileSync(path.join(parity, `${name}.bin`))).buffer;
  return new ort.Tensor(dtype, dtype === "int64" ? new BigInt64Array(bytes) : new Float32Array(bytes), shape);
}

function compare(what, got, name) {
  const want = load(name);
  let worst = JSON.stringify(got.dims) === JSON.stringify(want.dims) ? 0 : Number.POSITIVE_INFINITY;
  let size = 1;
  for (let i = 0; i < want.data.length; i++) {
    worst = Math.max(worst, Math.abs(Number(got.data[i]) - Number(want.data[i])));
    if (want.type === "float32") size = Math.max(size, Math.abs(want.data[i]));
  }
  worst /= size;
  const ok = worst < TOLERANCE;
  if (!ok) failed++;
  console.log(`${ok ? "ok  " : "FAIL"} ${what} ${name}: largest relative difference ${worst.toExponential(1)}`);
}

const ones = (b, n) => new ort.Tensor("int64", new BigInt64Array(b * n).fill(1n), [b, n]);
const int64 = (values, shape) => new ort.Tensor("int64", BigInt64Array.from(values.map(BigInt)), shape);

function emptyPast(session, batch) {
  const past = session.inputMetadata.filter((m) => m.name.startsWith("past"));
  return Object.fromEntries(
    past.map((m) => {
      const shape = m.shape.map((d, i) => (typeof d === "number" ? d : i === 0 ? batch : 0));
      return [m.name, new ort.Tensor("float32", new Float32Array(shape.reduce((x, y) => x * y, 1)), shape)];
    }),
  );
}

const pastName = (n) => (n.startsWith("present_conv") ? n.replace("present", "past") : n.replace("present", "past_key_values"));
const nextPast = (outputs) =>
  Object.fromEntries(
    Object.entries(outputs)
      .filter(([n]) => n.startsWith("present"))
      .map(([n, v]) => [pastName(n), v]),
  );

const table = new Float32Array(new Uint8Array(fs.readFileSync(path.join(models, "nano/audio/onnx/embed_tokens.bin"))).buffer);
const H = JSON.parse(fs.readFileSync(path.join(models, "nano/audio/onnx/embed_tokens.json"), "utf8")).hidden_size;

/** rows of equal length -> the decoder's first input, by ids or by embeddings */
function tokens(session, rows) {
  const shape = [rows.length, rows[0].length];
  if (session.inputNames.includes("input_ids")) return { input_ids: int64(rows.flat(), shape) };
  const data = new Float32Array(rows.flat().length * H);
  for (const [i, id] of rows.flat().entries()) data.set(table.subarray(id * H, (id + 1) * H), i * H);
  return { inputs_embeds: new ort.Tensor("float32", data, [...shape, H]) };
}

async function greedy(session, prompt, limit = 24) {
  const out = [];
  let past = emptyPast(session, 1);
  let ids = prompt;
  for (let total = ids.length; out.length < limit; total++) {
    const o = await session.run({ ...tokens(session, [ids]), attention_mask: ones(1, total), ...past });
    const V = o.logits.dims[2];
    const last = o.logits.data.subarray((ids.length - 1) * V);
    const id = last.indexOf(last.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY));
    if (id === 7) break;
    out.push(id);
    ids = [id];
    past = nextPast(o);
  }
  return out;
}

const vocab = JSON.parse(fs.readFileSync(path.join(models, "nano/text/tokenizer.json"), "utf8")).model.vocab;
const piece = Object.fromEntries(Object.entries(vocab).map(([t, i]) => [i, t]));
const decode = (ids) =>
  ids
    .map((i) => piece[i])
    .join("")
    .replaceAll("Ġ", " ");

async function decoder(file) {
  const session = await open(file);
  const ids = load("ids");
  const [B, S] = ids.dims;
  const rows = Array.from({ length: B }, (_, b) => Array.from(ids.data.subarray(b * S, (b + 1) * S), Number));
  const cut = (a, z) =>
    tokens(
      session,
      rows.map((r) => r.slice(a, z)),
    );
  const first = await session.run({ ...cut(0, 10), attention_mask: ones(B, 10), ...emptyPast(session, B) });
  const second = await session.run({ ...cut(10, S), attention_mask: ones(B, S), ...nextPast(first) });
  compare(file, first.logits, "logits1");
  compare(file, first.hidden_states, "hidden1");
  compare(file, second.logits, "logits2");
  compare(file, second.hidden_states, "hidden2");
  for (const name of Object.keys(index.tensors).filter((n) => n.startsWith("present"))) compare(file, second[name], name);
  let same = 0;
  let right = 0;
  for (const c of index.conversations) {
    const said = decode(await greedy(session, c.ids));
    same += said === c.say;
    right += said === c.answer;
  }
  const n = index.conversations.length;
  if (same < n) failed++;
  console.log(`${same === n ? "ok  " : "FAIL"} ${file}: ${same} of ${n} greedy answers as torch's, ${right} right`);
}

async function speech() {
  const encoder = await open("nano/audio/onnx/audio_encoder.onnx");
  const mel = load("mel");
  const heard = await encoder.run({ mel_spectrogram: mel, mel_lengths: int64([mel.dims[1]], [1]) });
  compare("audio_encoder", heard.audio_embeddings, "audio");
  const ctc = await open("nano-ctc/onnx/model.onnx");
  compare("nano-ctc", (await ctc.run({ input_values: load("wave") })).logits, "ctc");
}

const float = (data, shape) => new ort.Tensor("float32", data, shape);
const int32 = (values, shape) => new ort.Tensor("int32", Int32Array.from(values), shape);
const CODEBOOKS = 8;

/** one frame by the published loop; `room`: length of the caches handed over at step 0 (0: they grow) */
async function frame(session, hidden, room) {
  const shapes = Object.fromEntries(session.inputMetadata.map((m) => [m.name, m.shape]));
  const [layers, , heads, , size] = shapes.past_keys;
  const empty = () => float(new Float32Array(layers * heads * room * size), [layers, 1, heads, room, size]);
  let [keys, values] = [empty(), empty()];
  let slices = float(new Float32Array(CODEBOOKS * shapes.depth_slices_in[2]), [1, CODEBOOKS, shapes.depth_slices_in[2]]);
  const codes = [];
  for (let step = 0; step < CODEBOOKS; step++) {
    const o = await session.run({
      hidden_states: hidden,
      depth_slices_in: slices,
      step_idx: int64([step], []),
      prev_token: int64([codes.at(-1) ?? 0], [1]),
      past_keys: keys,
      past_values: values,
      seqlens_k: int32([step], [1]),
      total_seq_len: int32([step + 1], []),
    });
    codes.push(o.logits.data.indexOf(o.logits.data.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)));
    [slices, keys, values] = [o.depth_slices, o.new_keys, o.new_values];
  }
  return codes;
}

async function voice() {
  const depth = await open("nano/audio/onnx/vocoder_depthformer.onnx");
  const [hidden, frames] = [load("hidden"), load("frames")];
  for (const room of [0, 8]) {
    const got = [];
    for (let i = 0; i < hidden.dims[0]; i++) {
      got.push(...(await frame(depth, float(hidden.data.slice(i * H, (i + 1) * H), [1, H]), room)));
    }
    compare(`depthformer, caches ${room ? "of full length" : "that grow"}`, int64(got, frames.dims), "frames");
  }
  const rows = new Float32Array(new Uint8Array(fs.readFileSync(path.join(models, "nano/audio/onnx/audio_embedding.bin"))).buffer);
  const picked = load("frame_codes");
  const sums = new Float32Array(picked.dims[0] * H);
  picked.data.forEach((code, i) => {
    const row = ((i % CODEBOOKS) * 2049 + Number(code)) * H;
    for (let j = 0; j < H; j++) sums[Math.floor(i / CODEBOOKS) * H + j] += rows[row + j];
  });
  compare("audio_embedding", float(sums, [picked.dims[0], H]), "frame_embeddings");
  const detokenizer = await open("nano/audio/onnx/audio_detokenizer.onnx");
  const { stft_features: features } = await detokenizer.run({ audio_codes: load("codes") });
  const spectrum = new Float32Array(features.data.length);
  for (let i = 0; i < features.data.length; i++) {
    const [step, column] = [Math.floor(i / 1282), i % 1282];
    const bin = column % 641;
    const magnitude = Math.exp(features.data[step * 1282 + bin]);
    const phase = features.data[step * 1282 + 641 + bin];
    spectrum[i] = magnitude * (column < 641 ? Math.cos(phase) : Math.sin(phase));
  }
  compare("audio_detokenizer", float(spectrum, features.dims), "spectrum");
}

await decoder("nano/text/onnx/model.onnx");
await decoder("nano/audio/onnx/decoder.onnx");
await speech();
await voice();
process.exitCode = failed ? 1 : 0;
