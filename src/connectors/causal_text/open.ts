import { basename } from "node:path";
import { type DecoderEngine, openDecoder } from "../../decoding/engine.js";
import { ConnectorError } from "../../errors.js";
import { precisionOf } from "../../onnx/precision.js";
import { DTYPE_SUFFIXES } from "../../repos/model_files.js";
import { type LocalRepo, resolveRepo } from "../../repos/repo.js";
import { LOAD_DEFAULTS } from "../model.js";
import type { LoadOptions } from "../types.js";
import { checkFits, readTextConfig, type TextConfig } from "./config.js";
import { chooseTextFiles, findTextGraph } from "./files.js";

/** A text model's files, found but not opened. */
export interface TextRepo {
  readonly repo: LocalRepo;
  /** Path of the decoder's graph, relative. */
  readonly graph: string;
  readonly config: TextConfig;
}

/** The precision that is asked for; auto: fp32, or what the only graph holds. */
export function askedDtype({ dtype }: Pick<LoadOptions, "dtype">): string {
  return (typeof dtype === "string" ? dtype : dtype?.model) ?? "auto";
}

/** @throws SpecError where the repository cannot be reached as asked, ConnectorError where files are missing. */
export async function findTextRepo(options: LoadOptions): Promise<TextRepo> {
  const asked = askedDtype(options);
  const choose = (paths: readonly string[]): readonly string[] => chooseTextFiles(paths, asked, options.config.repoId);
  const repo = await resolveRepo({ ...options, variant: "text", choose });
  const config = await readTextConfig(repo.folder);
  return { repo, config, graph: findTextGraph(repo.paths, asked, repo.repo, config.graph) };
}

/**
 * @param path of the graph, absolute.
 * @param tokens size of the tokeniser's vocabulary, for a graph and configuration that do not tell theirs.
 * @param onOpening called when the runtime's thread is at work on it.
 * @returns the decoder and the precision that it holds.
 * @throws ConnectorError where the graph is damaged, not understood, of another precision, or of another model than its configuration.
 */
export async function openTextGraph(
  path: string,
  config: TextConfig,
  options: LoadOptions,
  tokens: number,
  onOpening?: () => void,
): Promise<{ readonly engine: DecoderEngine; readonly dtype: string }> {
  const engine = await openDecoder(path, {
    device: options.device ?? LOAD_DEFAULTS.device,
    threads: options.threads ?? LOAD_DEFAULTS.threads,
    memory: options.memory ?? LOAD_DEFAULTS.memory,
    batchSize: options.batchSize ?? LOAD_DEFAULTS.batchSize,
    vocabulary: config.vocabulary ?? tokens,
    hints: config,
    accept: (io) => checkFits(config, io, options.config.repoId),
    onEvent: options.onEvent,
    hashes: options.hashes,
    onOpening,
  });
  try {
    return { engine, dtype: heldDtype(path, engine, askedDtype(options)) };
  } catch (error) {
    await engine.release();
    throw error;
  }
}

/** A name such as `model_q4.onnx` tells the precision; of a plain name the file itself does. */
function heldDtype(path: string, { onnx }: DecoderEngine, asked: string): string {
  const suffixes: readonly string[] = Object.values(DTYPE_SUFFIXES).flat();
  const named = suffixes.some((suffix) => suffix !== "" && basename(path).endsWith(`${suffix}.onnx`));
  if (named) return asked;
  const held = precisionOf(onnx);
  if (asked === "auto" || asked === held) return held;
  throw new ConnectorError(`${path} holds weights in ${held}, not ${asked}: ask for ${held}, or for no precision`);
}
