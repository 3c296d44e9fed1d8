import { readFileSync } from "node:fs";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { AUDIO_MASKS } from "../../src/audio/masks/registry.js";
import { maskClip } from "../../src/connectors/speech/clip.js";
import { lfm2EncoderInput } from "../../src/connectors/speech/families/lfm2/encoder_input.js";
import { readClip } from "../../src/connectors/speech/read_clip.js";
import { openTable } from "../../src/onnx/rows.js";
import { joinFloats } from "../../src/util/arrays.js";
import { reply } from "../shared/child.js";
import { coalitionAt } from "../shared/coalition_at.js";
import { overCoalitions, type Prompt } from "./coalitions.js";
import { loopTask, type SpeechTask, soundRow } from "./loop.js";
import { openPlain } from "./session.js";

/*
 * A model that hears: for every coalition the clip is masked, made features of, and encoded. Masks and features are ours, since no other
 * JavaScript makes them; where the words are is told.
 */

const { folder, path, encoder, words, mel, clip: file, segments, prompt, ...asked } = loopTask<SpeechTask>();
const encoderInput = lfm2EncoderInput(mel);
const clip = { ...(await readClip(readFileSync(file), { encoderInput })), segments };
const hearing = await InferenceSession.create(encoder);
const session = await openPlain(path);
const table = await openTable(folder, words.path, words.description);

/** `[rows, hidden]` row-major. */
async function encoded(kept: Uint8Array): Promise<Float32Array> {
  const { data, frames, bins } = await maskClip(clip, kept, AUDIO_MASKS.silence).mel();
  const outputs = await hearing.run({
    mel_spectrogram: new Tensor("float32", data, [1, frames, bins]),
    mel_lengths: new Tensor("int64", BigInt64Array.of(BigInt(frames)), [1]),
  });
  return outputs.audio_embeddings?.data as Float32Array;
}

async function promptOf(coalition: number): Promise<Prompt> {
  const sound = await encoded(coalitionAt(coalition, segments.length));
  const soundAt = (row: number): Float32Array => sound.subarray(row * table.hidden, (row + 1) * table.hidden);
  const rowOf = async (id: number): Promise<Float32Array> =>
    id < 0 ? soundAt(soundRow(id)) : ((await table.rows([id]))[0] as Float32Array);
  return { ids: prompt, embed: async (ids) => joinFloats(await Promise.all(ids.map(rowOf))) };
}

reply(await overCoalitions(session, { coalitions: 2 ** segments.length, promptOf }, asked));
