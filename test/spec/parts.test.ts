import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadSpec } from "../../src/spec/load.js";
import { partsIn, partsOf } from "../../src/spec/parts.js";
import { newFolder } from "./helpers.js";

const MODEL = "embedded:nano";
const talk = (content: string) => ({ model: { repo: MODEL }, messages: [{ role: "user", content }] });
const yaml = (content: string) => `model: {repo: "${MODEL}"}\nmessages:\n  - {role: user, content: ${content}}\n`;

const parts = (text: string) => partsOf({ name: "conv", text, sha256: "" });

/** What each conversation of the file says, as it is loaded; or what is wrong with it. */
async function loaded(text: string): Promise<readonly string[]> {
  const cwd = newFolder();
  writeFileSync(join(cwd, "conv"), text);
  return await Promise.all(
    (await partsIn("conv", cwd)).map(async (part) => {
      const read = await loadSpec("conv", { cwd, part }).catch((error: Error) => error);
      if (read instanceof Error) return read.message;
      const [message] = read.spec.messages ?? [];
      return `${read.source.path} ${JSON.stringify(message?.content[0])}`;
    }),
  );
}

const says = (place: string, text: string) => `conv:${place} {"type":"text","text":"${text}"}`;

describe("a file of several conversations", () => {
  test.each([
    ["lines of JSON", `${JSON.stringify(talk("one"))}\n\n${JSON.stringify(talk("two"))}\r\n`, ["1", "3"]],
    ["documents of YAML", `# first\n${yaml("one")}---\n${yaml("two")}`, ["2", "6"]],
    ["documents that begin with a mark", `---\n${yaml("one")}---\n${yaml("two")}---\n`, ["2", "6"]],
    ["a list of specs", JSON.stringify([talk("one"), talk("two")]), ["1", "2"]],
    [
      "a list of ShareGPT's",
      JSON.stringify(["one", "two"].map((value) => ({ model: { repo: MODEL }, conversations: [{ from: "human", value }] }))),
      ["1", "2"],
    ],
  ])("%s", async (_, text, places) => {
    expect(await loaded(text)).toEqual([says(places[0] as string, "one"), says(places[1] as string, "two")]);
  });

  test("lines that are chats alone are taken with a model of the user's", () => {
    const chats = [[{ role: "user", content: "one" }], [{ role: "user", content: "two" }]];
    expect(parts(chats.map((chat) => JSON.stringify(chat)).join("\n")).map((part) => part.parse().data)).toEqual(chats);
  });

  test("what is wrong is told by its place in the whole file, and only of the conversation that it is in", async () => {
    expect(await loaded(`${yaml("one")}---\n${yaml("two")}explain: {sampler: x}\n`)).toEqual([
      says("1", "one"),
      expect.stringMatching(/^conv:8:20: explain\.sampler must be one of/),
    ]);
    expect(await loaded(`${JSON.stringify(talk("one"))}\n{"messages": [}\n`)).toEqual([
      says("1", "one"),
      expect.stringMatching(/^conv:2:15: /),
    ]);
    expect(await loaded(JSON.stringify([talk("one"), { ...talk("two"), seed: 3 }]))).toEqual([
      says("1", "one"),
      expect.stringMatching(/^conv:1:\d+: unknown key "seed"/),
    ]);
  });

  test.each([
    ["a spec", yaml("one")],
    ["a spec with a mark before it", `---\n${yaml("one")}`],
    ["a spec on one line", JSON.stringify(talk("one"))],
    ["a spec over several lines", JSON.stringify(talk("one"), null, 2)],
    [
      "a list of messages",
      JSON.stringify([
        { role: "user", content: "one" },
        { role: "assistant", content: "two" },
      ]),
    ],
    ["a text with three dashes in it", yaml('"a\\n--- b"')],
    ["nothing", ""],
    ["no spec at all", "{{{\n---\n"],
  ])("%s is one part, by the name and digest of the file", (_, text) => {
    expect(partsOf({ name: "conv", text, sha256: "digest" })).toEqual([
      { name: "conv", sha256: "digest", text, parse: expect.any(Function) },
    ]);
  });

  test("a list of messages is parsed once, and what is wrong in it told where it stands", () => {
    const text = JSON.stringify([{ role: "user", content: "one" }, { role: "user" }], null, 1);
    const [part] = parts(text);
    expect(part?.parse()).toBe(part?.parse());
    expect(part?.parse().fail([1], "value", "odd").message).toBe("conv:6:2: odd");
  });

  test("a list that cannot be parsed is refused when it is loaded", async () => {
    expect(await loaded('[{"role": "user",, }]')).toEqual([expect.stringMatching(/^conv:1:18: not valid YAML/)]);
  });

  test("a file is read once: what is loaded is what was read, though it changes", async () => {
    const cwd = newFolder();
    writeFileSync(join(cwd, "conv"), yaml("one"));
    const [part] = await partsIn("conv", cwd);
    writeFileSync(join(cwd, "conv"), yaml("two"));
    const { spec, source } = await loadSpec("conv", { cwd, part });
    expect(spec.messages?.[0]?.content).toMatchObject([{ text: "one" }]);
    expect(source).toMatchObject({ path: "conv", sha256: part?.sha256 });
  });

  test("equal conversations have equal digests, wherever they stand", () => {
    const [first, second, third] = parts(["one", "two", "one"].map((text) => JSON.stringify(talk(text))).join("\n"));
    expect(first?.sha256).toBe(third?.sha256);
    expect(first?.sha256).not.toBe(second?.sha256);
  });

  test.each([
    ["lines", `${JSON.stringify(talk("one"))}\n`.repeat(101)],
    ["documents", `${yaml("one")}---\n`.repeat(101)],
    ["items", JSON.stringify(Array.from({ length: 101 }, () => talk("one")))],
  ])("more than a hundred %s are a batch's", (_, text) => {
    expect(() => parts(text)).toThrow("conv: holds 101 conversations, and 100 of a file are taken at most: mllm-shap batch reads more");
  });
});
