import { expect, test } from "vitest";
import { createClosing } from "../../src/util/closing.js";

test("what was opened is closed once, the last first, whatever one of them says", async () => {
  const closed: string[] = [];
  const closing = createClosing();
  for (const name of ["model", "encoder", "file"]) {
    closing.add(async () => {
      closed.push(name);
      if (name === "encoder") throw new Error("it would not close");
    });
  }
  await expect(closing.close()).rejects.toThrow("it would not close");
  await closing.close();
  expect(closed).toEqual(["file", "encoder", "model"]);
});
