import { defineCommand } from "../command.js";

export const schema = defineCommand<{ readonly result?: boolean }>({
  name: "schema",
  summary: "print the JSON Schema of specs",
  options(command) {
    command.option("--result", "of results instead");
  },
  async run({ flags: { result } }, { terminal }) {
    const [{ resultJsonSchema }, { specJsonSchema }] = await Promise.all([
      import("../../results/result_schema.js"),
      import("../../spec/keys.js"),
    ]);
    await terminal.print(`${JSON.stringify(result === true ? resultJsonSchema() : specJsonSchema(), null, 2)}\n`);
    return 0;
  },
});
