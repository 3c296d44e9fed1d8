import { expect, test } from "vitest";
import type { Result } from "../../../src/results/result_schema.js";
import { titleOf } from "../../../src/views/shared/title.js";

const said = (resolved: Record<string, unknown>, path: string | null = null) =>
  titleOf({ spec: { path, sha256: "0", resolved } } as Pick<Result, "spec">);
const user = (...content: readonly object[]) => ({
  messages: [
    { role: "system", content: [{ type: "text", text: "Be brief." }] },
    { role: "user", content },
  ],
});

test.each([
  [said(user({ type: "text", text: "turn on\nthe light" }), "a/conv.yaml"), "a/conv.yaml"],
  [said(user({ type: "text", text: "turn on\nthe light" })), "“turn on the light”"],
  [said(user({ type: "audio", path: "q.wav" })), "“q.wav”"],
  [said({ prompt: ["The capital", " is"] }), "“The capital is”"],
  [said(user({ type: "text", text: "x".repeat(100) })), `“${"x".repeat(59)}…”`],
  [said(user({ type: "text", text: "" })), "typed conversation"],
  [said({}), "typed conversation"],
])("%s", (title, expected) => {
  expect(title).toBe(expected);
});
