import { defineCommand } from "../command.js";

export const schema = defineCommand<{ readonly result?: boolean }>({
  name: "schema",
  summary: "print the JSON Schema of specs",
  options(command) {
    command.option("--result", "of results instead");
  },
  async run({ flags: { result } }, context) {
    const [{ resultJsonSchema }, { specJsonSchema }, { printText }] = await Promise.all([
      import("../../results/result_schema.js"),
      import("../../spec/keys.js"),
      import("../print_found.js"),
    ]);
    await printText(`${JSON.stringify(result === true ? resultJsonSchema() : specJsonSchema(), null, 2)}\n`, context);
    return 0;
  },
});
