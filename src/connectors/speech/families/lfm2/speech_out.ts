import { join } from "node:path";
import { ConnectorError } from "../../../../errors.js";
import { openSession, type SessionOptions } from "../../../../onnx/session.js";
import { type Lazy, lazy } from "../../../../util/lazy.js";
import { Depthformer, type DepthformerOptions } from "./depthformer.js";
import { Detokenizer } from "./detokenize.js";
import type { GraphChoice, LiquidFiles } from "./files.js";

/** What speaking takes, opened when the model first speaks: most answers are text. */
export interface SpeechOut {
  readonly depthformer: Lazy<Depthformer>;
  readonly detokenizer: Lazy<Detokenizer>;
}

/** @param repo the model's name, for errors. */
export function speechOut(
  folder: string,
  files: LiquidFiles,
  codebooks: number,
  repo: string,
  options: SessionOptions & Pick<DepthformerOptions, "spent">,
): SpeechOut {
  const open = (graph: GraphChoice) => openSession(join(folder, graph.path), options);
  return {
    depthformer: lazy(async () => {
      const { depthformer, projection } = files;
      if (depthformer === null) throw cannotSpeak(repo, "vocoder_depthformer");
      const opened = await open(depthformer);
      return new Depthformer(opened, {
        codebooks,
        projection: projection === null ? null : await open(projection),
        fullCaches: opened.provider === "webgpu",
        spent: options.spent,
      });
    }),
    detokenizer: lazy(async () => {
      if (files.detokenizer === null) throw cannotSpeak(repo, "audio_detokenizer");
      return new Detokenizer(await open(files.detokenizer));
    }),
  };
}

export function cannotSpeak(repo: string, what: string): ConnectorError {
  return new ConnectorError(`${repo} has no ${what}, which speech takes: use a repository with it, or ask for text`);
}
