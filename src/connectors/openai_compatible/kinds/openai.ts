import { defineServerKind, NO_FACTS } from "../server_kind.js";
import { chatAnswers } from "./chat.js";

export const openai = defineServerKind({
  name: "openai",
  title: "OpenAI",
  ownedBy: ["openai", "openai-internal", "system"],
  chunk: 1,
  concurrency: 8,
  promise: "OpenAI calls its seed best effort, and may change the model behind a name",
  about: async () => NO_FACTS,
  ids: null,
  messages: {
    ...chatAnswers(({ temperature, seed }) => ({ temperature, seed, top_p: 1 }), "max_completion_tokens"),
    score: null,
    sound: "pcm16",
    cutsTopK: false,
  },
});
