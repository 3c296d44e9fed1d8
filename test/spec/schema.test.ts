import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { specPayoffs } from "../../src/payoffs/registry.js";
import { type JsonSchema, leafKeys, nearest, specJsonSchema } from "../../src/spec/keys.js";
import { load, refusal, VALID } from "./helpers.js";

describe("a payoff by its name alone", () => {
  test.each(specPayoffs.map(({ name, schema }) => [name, schema] as const))(
    "%s has its defaults, or says what it needs",
    async (name, schema) => {
      const text = `${VALID}explain: {payoff: ${name}}\n`;
      const whole = schema.safeParse({ kind: name });
      if (whole.success) expect((await load(text)).spec.explain.payoff).toEqual(whole.data);
      else
        expect(await refusal(text)).toMatch(
          new RegExp(`:4:19: explain\\.payoff ${name} cannot do without (foil|source): write \\{kind: ${name}, (foil|source): …\\}$`),
        );
    },
  );
});

describe("the published JSON Schema", () => {
  const validate = new Ajv2020({ strict: false }).compile(specJsonSchema());

  test("accepts short and resolved specs and refuses what the loader refuses", async () => {
    const { spec } = await load(VALID);
    const short = { model: { connector: "transformers-text", repo: "embedded:nano" }, messages: [{ role: "user", content: "hi" }] };
    expect(validate(short)).toBe(true);
    expect(validate(JSON.parse(JSON.stringify(spec)))).toBe(true);
    expect(validate({ ...short, explain: { sampelr: "exact" } })).toBe(false);
    expect(validate({ ...short, explain: { budget: 1 } })).toBe(false);
    expect(validate({ messages: short.messages })).toBe(false);
  });

  test("says of every key what it means, and its default unless it is required", () => {
    const { required: sections = [], properties = {} } = specJsonSchema();
    expect(sections).toEqual(["model"]);
    for (const { path, schema } of leafKeys()) {
      const required = (properties[path[0]] as JsonSchema).required ?? [];
      expect(schema.description, path.join(".")).toMatch(/\.$/);
      expect(schema.default !== undefined || required.includes(path[1]), path.join(".")).toBe(true);
    }
  });
});

describe("nearest", () => {
  test.each([
    ["sampelr", "sampler"],
    ["SAMPLER", "sampler"],
    ["temperature", null],
    ["x", null],
  ])("%s → %s", (wrong, right) => {
    expect(nearest(wrong, ["sampler", "seed", "budget"])).toBe(right);
  });
});
