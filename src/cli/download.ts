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
    if (!(await agrees(hubRepos(request), context))) throw error;
    return await run({ ...request, policy: { ...request.policy, allowDownload: true } });
  }
}

/** Every repository that a yes lets the request download: the model's, and those of the models that help it. */
function hubRepos({ paths }: ExplainRequest): readonly string[] {
  const refs = [paths.repo, paths.tokenizer, paths.encoder, paths.aligner].filter((ref) => ref !== null);
  return [...new Set(refs.filter(({ kind }) => kind === "hub").map(({ name }) => name))];
}

async function agrees(repos: readonly string[], { stdin, terminal, interrupt }: Context): Promise<boolean> {
  const missing = repos.length === 1 ? `${repos[0]} is not on this machine.` : `${repos.join(" and ")} are not all on this machine.`;
  terminal.say(`${missing} Download ${repos.length === 1 ? "it" : "what is missing"} from the Hugging Face hub? [y/N]`);
  const reader = createInterface({ input: stdin, terminal: false });
  try {
    return /^y(es)?$/i.test((await reader.question("", { signal: interrupt.signal })).trim());
  } finally {
    reader.close();
  }
}
