import { defineServerKind, NO_FACTS } from "../server_kind.js";
import { chatAnswers } from "./chat.js";

export const lmstudio = defineServerKind({
  name: "lmstudio",
  title: "LM Studio",
  ownedBy: ["organization_owner"],
  chunk: 1,
  concurrency: 1,
  promise: "LM Studio promises nothing of equal bits",
  about: async () => NO_FACTS,
  ids: null,
  messages: {
    ...chatAnswers(({ temperature, topK, seed }) => ({
      temperature,
      seed,
      top_p: 1,
      repeat_penalty: 1,
      ...(topK === null ? {} : { top_k: topK }),
    })),
    score: null,
    sound: null,
    cutsTopK: true,
  },
});
