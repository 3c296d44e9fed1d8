import { expect, it } from "vitest";
import { SpecSchema } from "../../src/spec/schema.js";
import { conversationText } from "../../src/tasks/conversation_text.js";

const model = { repo: "embedded:nano" };

it("is what was said before the answer, each message with its speaker", () => {
  const spec = SpecSchema.parse({
    model,
    messages: [
      { role: "system", content: "Be short." },
      {
        role: "user",
        content: [
          { type: "text", text: "Listen:" },
          { type: "audio", path: "a.wav" },
          { type: "audio", path: "b.wav", transcript: ["turn", "on"] },
        ],
      },
      { role: "assistant", content: "Done." },
      { role: "user", content: "And now?" },
      { role: "assistant", content: "The answer." },
    ],
  });
  expect(conversationText(spec)).toBe("system: Be short.\nuser: Listen: [sound] turn on\nassistant: Done.\nuser: And now?");
});

it("is a prompt's text as it stands", () => {
  expect(conversationText(SpecSchema.parse({ model, prompt: ["The capital", " of France is"] }))).toBe("The capital of France is");
});
