import { SpecError } from "../../errors.js";
import { largestDifference } from "../../repos/server_identity.js";
import { reasonOf } from "../../util/errors.js";
import type { LoadOptions } from "../types.js";
import { type Connection, connect, serverIdentity, tellNoise } from "./connection.js";
import { RefusedError } from "./http.js";
import { ServedChatModel } from "./messages_model.js";
import type { Probe } from "./probe.js";
import type { MessagesScore } from "./server_kind.js";

/** A question and its answer: what is measured is how probable the answer's tokens are. */
const QUESTION = [{ role: "user", content: "What does the fox do?" }] as const;
const ANSWER = "The quick brown fox jumps over the lazy dog.";
const FLOOR = -100;

/** @throws SpecError where a template is given, which is the server's own affair here; otherwise as `loadServed`. */
export async function loadByMessages(options: LoadOptions): Promise<ServedChatModel> {
  if ((options.template ?? null) !== null || Object.keys(options.templateKwargs ?? {}).length > 0)
    throw new SpecError("model.template and model.template_kwargs need model.tokenizer: without it the server renders messages as it does");
  const identity = { connector: "openai-compatible", repo: options.config.repoId, resolvedRevision: null, provider: "server" };
  if (options.contact === false) {
    return new ServedChatModel(options, { identity: { ...identity, dtype: "unknown", sha256: {} }, connection: null, scorer: null });
  }
  const connection = await connect(options);
  try {
    const scorer = connection.kind.messages.score;
    const probe = scorer === null ? null : await probeMessages(connection, scorer, options);
    tellNoise(connection, probe, options.onEvent);
    const { dtype, sha256 } = connection.facts;
    return new ServedChatModel(options, {
      identity: { ...identity, dtype: dtype ?? "unknown", sha256, server: serverIdentity(connection, "messages", probe) },
      connection,
      scorer: probe === null ? null : scorer,
    });
  } catch (error) {
    await connection.calls.close();
    throw error;
  }
}

/** As `probeIds`, by messages. */
async function probeMessages({ served }: Connection, scorer: MessagesScore, { onEvent, signal }: LoadOptions): Promise<Probe | null> {
  try {
    const answer = { text: ANSWER, ids: await scorer.tokenise(served, ANSWER, signal) };
    const measured: number[][] = [];
    for (let i = 0; i < 2; i++)
      measured.push(Array.from(await scorer.of(served, QUESTION, answer, signal), (score) => Math.max(score, FLOOR)));
    return { probe: measured[0] as number[], noise: largestDifference(measured[0] as number[], measured[1] as number[]) };
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    onEvent?.({ kind: "warning", message: `the server does not tell how probable a given answer is: ${reasonOf(error)}` });
    return null;
  }
}
