import { createInterface } from "node:readline/promises";
import { NotCachedError } from "../errors.js";
import type { ExplainRequest } from "../spec/request.js";
import type { Context } from "./context.js";

/** Runs a request; where it wants a model that is not here and someone is there to ask, asks and runs it again. */
export async function withPermission<T>(
  request: ExplainRequest,
  context: Context,
  run: (request: ExplainRequest) => Promise<T>,
): Promise<T> {
  try {
    return await run(request);
  } catch (error) {
    if (!(error instanceof NotCachedError) || !context.canAsk) throw error;
    if (!(await agrees(request.paths.repo, context))) throw error;
    return await run({ ...request, policy: { ...request.policy, allowDownload: true } });
  }
}

async function agrees(repo: string, { stdin, terminal, interrupt }: Context): Promise<boolean> {
  terminal.say(`${repo} is not on this machine. Download it from the Hugging Face hub? [y/N]`);
  const reader = createInterface({ input: stdin, terminal: false });
  try {
    return /^y(es)?$/i.test((await reader.question("", { signal: interrupt.signal })).trim());
  } finally {
    reader.close();
  }
}
