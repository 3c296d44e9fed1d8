import { resultJsonSchema } from "../../results/result_schema.js";
import { specJsonSchema } from "../../spec/keys.js";
import type { Context } from "../context.js";

/** Prints the JSON Schema of specs, or of results. */
export async function schemaCommand({ result }: { readonly result?: boolean }, { terminal }: Context): Promise<number> {
  await terminal.print(`${JSON.stringify(result === true ? resultJsonSchema() : specJsonSchema(), null, 2)}\n`);
  return 0;
}
