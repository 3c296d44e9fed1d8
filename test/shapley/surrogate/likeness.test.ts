import { describe, expect, it } from "vitest";
import { groupSums, likenessOf } from "../../../src/shapley/surrogate/likeness.js";

describe("likenessOf", () => {
  it("groups equal texts, whatever their case and the blanks around them", () => {
    const likeness = likenessOf(["The", "light", " the", "fan", "LIGHT"]);
    expect([...(likeness?.groupOf ?? [])]).toEqual([0, 1, 0, 2, 1]);
    expect([...(likeness?.sizes ?? [])]).toEqual([2, 2, 1]);
  });

  it.each([[[]], [["turn", "on"]], [["", "", " "]]])("is null where nobody is like another: %j", (texts) => {
    expect(likenessOf(texts)).toBeNull();
  });

  it("leaves players without a text alone", () => {
    expect([...(likenessOf(["", "on", "", "on"])?.groupOf ?? [])]).toEqual([0, 1, 2, 1]);
  });
});

describe("groupSums", () => {
  it("adds up a list over each group", () => {
    const likeness = likenessOf(["a", "b", "a"]);
    if (likeness === null) throw new Error("nobody is alike");
    expect([...groupSums(likeness, [1, 10, 100])]).toEqual([101, 10]);
  });
});
