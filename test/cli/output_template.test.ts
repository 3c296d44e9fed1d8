import { expect, test } from "vitest";
import { fieldsOfFile, fillTemplates, isTemplate } from "../../src/cli/output_template.js";

const docs = (...files: readonly string[]) => files.map((file) => fieldsOfFile(file, "/some/where/here"));

test("a template is a name with a field; doubled braces are braces", () => {
  for (const file of ["{stem}.html", "out/{index}.json", "{nope}.csv", "a{}.html"]) expect(isTemplate(file)).toBe(true);
  for (const file of ["a.html", "a{b.html", "a}b", "{{stem}}.html"]) expect(isTemplate(file)).toBe(false);
});

test("fields of a file", () => {
  expect(docs("a/conv.yaml", "chat.v2.json", "-", "/abs/x", "../up.yaml")).toEqual([
    { stem: "conv", folder: "a" },
    { stem: "chat.v2", folder: "here" },
    { stem: "stdin", folder: "here" },
    { stem: "x", folder: "abs" },
    { stem: "up", folder: "where" },
  ]);
});

test("templates are filled for each document; numbers have as many digits as they need", () => {
  expect(fillTemplates(["out/{folder}/{stem}.html", "{{{index}}}.json"], docs("a/x.yaml", "b/x.yaml"))).toEqual([
    ["out/a/x.html", "{1}.json"],
    ["out/b/x.html", "{2}.json"],
  ]);
  const ten = fillTemplates(["{index}"], docs(...Array<string>(10).fill("x")));
  expect([ten[0], ten[9]]).toEqual([["01"], ["10"]]);
});

test.each([
  [["{name}.html"], ["a.yaml"], "-o {name}.html: there is no field {name}; valid are {stem}, {folder}, {index} ({{ and }} are braces)"],
  [["{}.html"], ["a.yaml"], "there is no field {}"],
  [["{constructor}.html"], ["a.yaml"], "there is no field {constructor}"],
  [
    ["o/{stem}.html"],
    ["a/x.yaml", "c.yaml", "b/x.yaml"],
    "-o o/{stem}.html: a/x and b/x (numbers 1 and 3) would both go to o/x.html; add {index} or {folder}",
  ],
  [["{stem}.csv", "./{stem}.csv"], ["x.yaml"], "-o ./{stem}.csv: stands twice; one file has one format"],
])("%j of %j is refused", (templates, files, message) => {
  expect(() => fillTemplates(templates, docs(...files))).toThrow(message);
});
