import { defineServerKind, NO_FACTS } from "../server_kind.js";
import { chatAnswers } from "./chat.js";

/** Whoever speaks `/v1/chat/completions` and says no more of itself. */
export const other = defineServerKind({
  name: "other",
  title: "a server",
  ownedBy: [],
  chunk: 1,
  concurrency: 4,
  promise: "it is not known what this server promises",
  about: async () => NO_FACTS,
  ids: null,
  messages: {
    ...chatAnswers(({ temperature, seed }) => ({ temperature, seed, top_p: 1 })),
    score: null,
    sound: null,
    cutsTopK: false,
  },
});
