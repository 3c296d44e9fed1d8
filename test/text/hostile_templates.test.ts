import { expect, test } from "vitest";
import { ConnectorError } from "../../src/errors.js";
import { compileTemplate } from "../../src/text/chat_template.js";

const MESSAGES = [{ role: "user", content: "turn on the light" }] as const;

test.each([
  ["a range of a billion", "{% for i in range(1000000000) %}{% endfor %}{{ messages[0].content }}", /a list of more than 1000000 items/],
  [
    "nested loops",
    "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}x",
    /(takes longer than 3 s|takes more steps than any conversation needs)/,
  ],
  [
    "text without end",
    "{% for i in range(1000000) %}abcdefghijklmnopqrstuvwxyz{% endfor %}",
    /(takes longer than 3 s|takes more steps|writes more than \d+ characters)/,
  ],
  [
    "a text that doubles",
    "{% set ns = namespace(x='ab') %}{% for i in range(40) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}",
    /writes more than \d+ characters/,
  ],
  [
    "a list that doubles",
    "{% set ns = namespace(x=[1, 2]) %}{% for i in range(40) %}{% set ns.x = ns.x + ns.x %}{% endfor %}{{ ns.x | length }}",
    /a list of more than 1000000 items/,
  ],
] as const)("%s: the template is stopped, and named", (_, source, problem) => {
  const template = compileTemplate(source, {});
  const started = performance.now();
  const render = () => template.render([...MESSAGES], true);
  expect(render).toThrow(ConnectorError);
  expect(render).toThrow(problem);
  expect(render).toThrow(/^the model's chat template .* and was stopped$/);
  // Three times, on a machine that may be busy.
  expect(performance.now() - started).toBeLessThan(100_000);
});

test("a template may write several times what it is given", () => {
  const long = "word ".repeat(400_000);
  const template = compileTemplate("{% for m in messages %}{{ m.content }}{{ m.content }}{{ m.content }}{% endfor %}", {});
  expect(template.render([{ role: "user", content: long }], false).length).toBe(3 * long.length);
});
