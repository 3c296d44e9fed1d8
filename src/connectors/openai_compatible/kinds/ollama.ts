import { listOf, objectOf, textOrNull } from "../read.js";
import { type Drawing, defineServerKind, NO_FACTS } from "../server_kind.js";
import { chatAnswers } from "./chat.js";

export const ollama = defineServerKind({
  name: "ollama",
  title: "Ollama",
  ownedBy: ["library", "ollama"],
  chunk: 1,
  // It answers one at a time unless OLLAMA_NUM_PARALLEL says otherwise.
  concurrency: 1,
  promise: "Ollama promises nothing of equal bits",
  async about({ calls, model }, signal) {
    const { version } = objectOf(await calls.json("/api/version", null, signal), "the version");
    const models = listOf(objectOf(await calls.json("/api/tags", null, signal), "the models").models, "models");
    const own = models.map((one) => objectOf(one, "a model")).find(({ name }) => name === model || name === `${model}:latest`);
    const digest = textOrNull(own?.digest)?.replace(/^sha256:/, "") ?? "";
    const details = own?.details === undefined ? {} : objectOf(own.details, "details");
    return {
      ...NO_FACTS,
      version: textOrNull(version),
      dtype: textOrNull(details.quantization_level),
      sha256: /^[0-9a-f]{64}$/.test(digest) ? { manifest: digest } : {},
    };
  },
  ids: null,
  messages: {
    ...chatAnswers(({ temperature, seed }: Drawing) => ({ temperature, seed, top_p: 1 })),
    score: null,
    sound: "pcm16",
    cutsTopK: false,
  },
});
