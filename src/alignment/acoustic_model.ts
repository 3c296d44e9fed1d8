import { join } from "node:path";
import { Tensor } from "onnxruntime-node";
import type { LoadOptions } from "../connectors/types.js";
import { ConnectorError } from "../errors.js";
import type { RunOptions } from "../events.js";
import { repoIdentity } from "../onnx/identity.js";
import { readOnnxFile } from "../onnx/onnx_file.js";
import type { Session } from "../onnx/runtime.js";
import { type OpenSession, openSession, type Provider } from "../onnx/session.js";
import { int64Tensor, toFloat32 } from "../onnx/tensors.js";
import { configFiles, dataFilesOf, findGraphFile } from "../repos/model_files.js";
import { readJson as readFromFolder } from "../repos/read_files.js";
import { type LocalRepo, resolveRepo } from "../repos/repo.js";
import type { ModelIdentity, Resources } from "../repos/resources.js";
import { chunksOf, type FrameGeometry, frameCount } from "./chunks.js";
import { type Emissions, logSoftmax } from "./emissions.js";
import { type ConvConfig, measureGeometry, statedGeometry } from "./geometry.js";
import type { Vocabulary } from "./spell.js";
import { readVocabulary } from "./vocabulary.js";

const CHUNK_S = 20;
/** Heard by a chunk on both sides and thrown away. */
const CONTEXT_S = 2;

/** A wav2vec2-shaped CTC model: waveform in, log-probabilities of characters out. */
export interface AcousticModel {
  readonly repo: string;
  readonly identity: ModelIdentity;
  readonly provider: Provider;
  readonly sampleRate: number;
  readonly vocabulary: Vocabulary;
  readonly geometry: FrameGeometry;
  /** Seconds of the centre of a frame's samples. */
  frameTime(frame: number): number;
  /** @param wave `[samples]` at `sampleRate`, of any length: it is heard in chunks of 20 s. */
  emissions(wave: Float32Array, run?: RunOptions): Promise<Emissions>;
  dispose(): Promise<void>;
}

export type AcousticModelOptions = Resources &
  Pick<LoadOptions, "config" | "dtype"> & {
    /** Between words, where the tokenizer does not say. */
    readonly separator: string;
  };

/**
 * Loads any wav2vec2-style CTC graph (`input_values` [1, samples] → logits [1, frames, labels]) with the vocabulary, normalisation and
 * geometry that its own files state.
 *
 * @throws ConnectorError where files are missing or the graph has another shape; SpecError where it may not be downloaded.
 */
export async function loadAcousticModel(options: AcousticModelOptions): Promise<AcousticModel> {
  const dtype = typeof options.dtype === "string" ? options.dtype : "fp32";
  const repo = await locate(options, dtype);
  const json = (name: string): Promise<unknown> => readJson(repo, name);
  const preprocessor = ((await json("preprocessor_config.json")) ?? {}) as Preprocessor;
  const vocabulary = readVocabulary(
    {
      vocab: await json("vocab.json"),
      tokenizer: await json("tokenizer.json"),
      tokenizerConfig: await json("tokenizer_config.json"),
      specialTokens: await json("special_tokens_map.json"),
    },
    options.separator,
    repo.repo,
  );
  const stated = statedGeometry(((await json("config.json")) ?? {}) as ConvConfig);
  const graph = findGraphFile(repo.paths, ["model"], dtype, repo.repo);
  const open = await openSession(join(repo.folder, graph), {
    device: options.device ?? "auto",
    threads: options.threads ?? 0,
    onEvent: options.onEvent,
  });
  try {
    const listen = createListener(repo.repo, open.session);
    const geometry = await measureGeometry(stated, async (samples) => (await listen(new Float32Array(samples))).frames, repo.repo);
    const graphs = [readOnnxFile(join(repo.folder, graph))];
    const others = ["vocab.json", "preprocessor_config.json"]
      .filter((name) => repo.paths.includes(name))
      .map((name) => join(repo.folder, name));
    const identity = await repoIdentity(repo, { connector: "ctc", dtype, provider: open.provider, graphs, others, hashes: options.hashes });
    return acousticModel(identity, open, listen, { preprocessor, vocabulary, geometry });
  } catch (error) {
    await open.session.release();
    throw error;
  }
}

interface Preprocessor {
  readonly sampling_rate?: number;
  readonly do_normalize?: boolean;
}

interface ModelFacts {
  readonly preprocessor: Preprocessor;
  readonly vocabulary: Vocabulary;
  readonly geometry: FrameGeometry;
}

function acousticModel(identity: ModelIdentity, { session, provider }: OpenSession, listen: Listener, facts: ModelFacts): AcousticModel {
  const { repo } = identity;
  const sampleRate = facts.preprocessor.sampling_rate ?? 16_000;
  const { geometry, vocabulary } = facts;
  const { stride, receptive } = geometry;
  return {
    repo,
    identity,
    provider,
    sampleRate,
    vocabulary,
    geometry,
    frameTime: (frame) => (frame * stride + receptive / 2) / sampleRate,
    async emissions(wave, run = {}) {
      const heard = padded(facts.preprocessor.do_normalize === true ? standardised(wave) : wave, receptive);
      const frames = frameCount(heard.length, geometry);
      const data = new Float32Array(frames * vocabulary.size);
      const chunks = chunksOf(heard.length, geometry, seconds(CHUNK_S, sampleRate, stride), seconds(CONTEXT_S, sampleRate, stride));
      for (const [i, chunk] of chunks.entries()) {
        run.signal?.throwIfAborted();
        const logits = await listen(heard.subarray(chunk.firstSample, chunk.endSample));
        if (logits.labels < vocabulary.size)
          throw new ConnectorError(`${repo}: ${logits.labels} logits for a vocabulary of ${vocabulary.size}`);
        copyFrames(logits, chunk.skip, data, chunk.firstFrame, chunk.endFrame, vocabulary.size);
        run.onEvent?.({ kind: "progress", label: "listening", done: i + 1, total: chunks.length });
      }
      return logSoftmax({ frames, labels: vocabulary.size, data });
    },
    dispose: () => session.release(),
  };
}

const seconds = (s: number, sampleRate: number, stride: number): number => Math.round((s * sampleRate) / stride);

/** One call of the graph. */
type Listener = (samples: Float32Array) => Promise<Emissions>;

function createListener(repo: string, session: Session): Listener {
  const input = session.inputNames.includes("input_values") ? "input_values" : session.inputNames[0];
  const [output] = session.outputNames.includes("logits") ? ["logits"] : session.outputNames;
  if (input === undefined || output === undefined) throw new ConnectorError(`${repo}: the graph has no input or no output`);
  return async (samples) => {
    const feeds: Record<string, Tensor> = { [input]: new Tensor("float32", samples, [1, samples.length]) };
    if (session.inputNames.includes("attention_mask")) {
      feeds.attention_mask = int64Tensor(new Uint8Array(samples.length).fill(1), [1, samples.length]);
    }
    const logits = (await session.run(feeds, [output]))[output] as Tensor;
    const [batch, frames, labels] = logits.dims;
    if (logits.dims.length !== 3 || batch !== 1 || frames === undefined || labels === undefined) {
      throw new ConnectorError(`${repo}: ${output} has the shape [${logits.dims.join(", ")}], not [1, frames, labels]: it is no CTC model`);
    }
    return { frames, labels, data: toFloat32(logits) };
  };
}

function copyFrames(logits: Emissions, skip: number, into: Float32Array, first: number, end: number, width: number): void {
  for (let t = first; t < end; t++) {
    // A graph may give a frame less than the geometry promises; its last frame then stands for the missing one.
    const own = Math.min(logits.frames - 1, t - first + skip);
    into.set(logits.data.subarray(own * logits.labels, own * logits.labels + width), t * width);
  }
}

/** (x − mean) / √(variance + 1e-7) over the whole clip, population variance, as Wav2Vec2FeatureExtractor does. */
function standardised(wave: Float32Array): Float32Array {
  const mean = wave.reduce((a, b) => a + b, 0) / Math.max(1, wave.length);
  const variance = wave.reduce((sum, x) => sum + (x - mean) ** 2, 0) / Math.max(1, wave.length);
  return wave.map((x) => (x - mean) / Math.sqrt(variance + 1e-7));
}

/** Zeros at the end of a clip that is shorter than one frame. */
function padded(wave: Float32Array, least: number): Float32Array {
  if (wave.length >= least) return wave;
  const longer = new Float32Array(least);
  longer.set(wave);
  return longer;
}

async function locate(options: AcousticModelOptions, dtype: string): Promise<LocalRepo> {
  const { repoId } = options.config;
  const choose = (paths: readonly string[]): readonly string[] => {
    const graph = findGraphFile(paths, ["model"], dtype, repoId);
    return [...configFiles(paths), ...paths.filter((path) => path === "preprocessor_config.json"), graph, ...dataFilesOf(paths, graph)];
  };
  return await resolveRepo({ ...options, variant: "", choose });
}

async function readJson(repo: LocalRepo, name: string): Promise<unknown> {
  if (!repo.paths.includes(name)) return undefined;
  return (await readFromFolder(repo.folder, name)) ?? undefined;
}
