import { accessOf } from "../connectors/openai_compatible/connection.js";
import { RefusedError, type ServerCalls, serverCalls } from "../connectors/openai_compatible/http.js";
import {
  countOrNull,
  type Json,
  listOf,
  numberOf,
  objectOf,
  objectOrEmpty,
  strange,
  textOf,
  textOrNull,
} from "../connectors/openai_compatible/read.js";
import type { LoadOptions } from "../connectors/types.js";
import { ConnectorError, SpecError } from "../errors.js";
import type { OnEvent } from "../events.js";
import { sum } from "../util/arrays.js";
import type { CrossEncoder } from "./cross_encoder.js";
import { type Labels, labelsOf } from "./entailment.js";

/** Hugging Face's text-embeddings-inference: the one server that takes pairs of texts as they are and tells the probability of every label. */
const TITLE = "text-embeddings-inference";
const KIND = "tei";
/** Pairs of one request, where the server does not say. */
const CHUNK = 32;
/** Status where an input is longer than the model takes, and is not to be cut. */
const TOO_LONG = 413;
/** How far from 1 probabilities of 16 bits may add up. */
const LOOSE = 0.02;

type Pair = readonly [premise: string, hypothesis: string];

/**
 * A cross-encoder for natural language inference behind the server that the user names (`/predict`).
 * @throws SpecError where no server is named or it has another model, ConnectorError where it is another server or model, UnavailableError where it is gone.
 */
export async function loadServedCrossEncoder(options: LoadOptions): Promise<CrossEncoder> {
  const calls = serverCalls(accessOf(options), { connections: 1, onEvent: options.onEvent });
  try {
    const info = await infoOf(calls, options.signal);
    const model = textOf(info.model_id, "model_id");
    const wanted = options.config.repoId;
    if (model !== wanted) throw new SpecError(`${calls.origin} has no model ${JSON.stringify(wanted)}: valid is ${model}`);
    const { classifier } = objectOrEmpty(info.model_type);
    const labels = labelsOf(
      objectOrEmpty(classifier).id2label,
      `${model} at ${calls.origin} is no cross-encoder for entailment: its id2label`,
    );
    const version = textOrNull(info.version);
    options.onEvent?.({ kind: "notice", message: `asks ${calls.origin} (${[TITLE, version].filter(Boolean).join(" ")}), model ${model}` });
    const chunk = countOrNull(info.max_client_batch_size) ?? CHUNK;
    const predict = predicting(calls, labels, options.onEvent);
    return {
      async entail(pairs, { signal }) {
        const found = new Float64Array(pairs.length);
        const filled = pairs.flatMap((pair, i) => (pair.some((text) => text.trim() === "") ? [] : [{ pair, i }]));
        for (let from = 0; from < filled.length; from += chunk) {
          const part = filled.slice(from, from + chunk);
          const probabilities = await predict(
            part.map(({ pair }) => pair),
            signal,
          );
          part.forEach(({ i }, k) => {
            found[i] = probabilities[k] as number;
          });
        }
        return found;
      },
      identity: {
        ...{ connector: "cross-encoder", repo: wanted, resolvedRevision: textOrNull(info.model_sha), provider: "server" },
        ...{ dtype: textOrNull(info.model_dtype) ?? "unknown", sha256: {} },
        server: { kind: KIND, version, origin: calls.origin, mode: "messages", probe: [], noise: null, promise: PROMISE },
      },
      dispose: () => calls.close(),
    };
  } catch (error) {
    await calls.close();
    throw error;
  }
}

const PROMISE = "text-embeddings-inference promises no equal bits: what is asked at a time is batched together";

async function infoOf(calls: ServerCalls, signal: AbortSignal | undefined): Promise<Json> {
  try {
    return objectOf(await calls.json("/info", null, signal), "the server's facts");
  } catch (error) {
    if (!(error instanceof RefusedError) || error.status !== 404) throw error;
    throw new ConnectorError(`${calls.origin} is no ${TITLE}, which alone classifies pairs of texts: it has no /info`, { cause: error });
  }
}

/** Probabilities of entailment. A pair that is too long is cut by the server, once it has said so. */
function predicting(calls: ServerCalls, labels: Labels, onEvent: OnEvent | undefined) {
  let warned = false;
  const ask = (pairs: readonly Pair[], truncate: boolean, signal: AbortSignal | undefined): Promise<unknown> =>
    calls.json("/predict", { inputs: pairs, raw_scores: false, truncate }, signal);
  const answered = async (pairs: readonly Pair[], signal: AbortSignal | undefined): Promise<unknown> => {
    try {
      return await ask(pairs, false, signal);
    } catch (error) {
      if (!(error instanceof RefusedError) || error.status !== TOO_LONG) throw error;
      if (!warned)
        onEvent?.({
          kind: "warning",
          message: `the cross-encoder has no room for the longest pairs: the server cuts them (${error.message})`,
        });
      warned = true;
      return await ask(pairs, true, signal);
    }
  };
  return async (pairs: readonly Pair[], signal: AbortSignal | undefined): Promise<readonly number[]> => {
    const rows = listOf(await answered(pairs, signal), "the answer");
    if (rows.length !== pairs.length) throw strange(`${rows.length} predictions for ${pairs.length} pairs`, rows);
    return rows.map((row) => entailmentOf(row, labels));
  };
}

/** Labels come with the likeliest first. */
function entailmentOf(row: unknown, { names, entailment }: Labels): number {
  const told = listOf(row, "a prediction").map((one) => objectOf(one, "a label"));
  const scores = names.map((name) => numberOf(told.find(({ label }) => label === name)?.score, `the score of ${name}`));
  if (told.length !== names.length || scores.some((score) => score < 0) || Math.abs(sum(scores) - 1) > LOOSE)
    throw strange("the scores are no probabilities of the model's labels", row);
  return scores[entailment] as number;
}
