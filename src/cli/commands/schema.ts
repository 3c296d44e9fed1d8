import { defineCommand } from "../command.js";

export const schema = defineCommand<{ readonly result?: boolean }>({
  name: "schema",
  summary: "print the JSON Schema of specs, for editors and checkers (the package holds it too: schema/)",
  options(command) {
    command.option("--result", "of results instead");
  },
  async run({ flags: { result } }, context) {
    const [{ resultJsonSchema }, { editorSchema }, { printText }] = await Promise.all([
      import("../../results/result_schema.js"),
      import("../../spec/editor_schema.js"),
      import("../print_found.js"),
    ]);
    await printText(`${JSON.stringify(result === true ? resultJsonSchema() : editorSchema(), null, 2)}\n`, context);
    return 0;
  },
});
