import { connect, serverIdentity } from "../connectors/openai_compatible/connection.js";
import { listOf, numberOf, objectOf, onePerPrompt, strange } from "../connectors/openai_compatible/read.js";
import type { LoadOptions, Matrix } from "../connectors/types.js";
import { SpecError } from "../errors.js";
import type { Encoder } from "./sentence_encoder.js";

/** Texts of one request. */
const CHUNK = 64;
/** Numbers of a vector at most. */
const WIDEST = 65_536;

/**
 * A sentence encoder behind the server that the user names (`/v1/embeddings`): one row a text.
 * @throws SpecError where no server is named or it has no such model, UnavailableError where it is gone.
 */
export async function loadServedEncoder(options: LoadOptions): Promise<Encoder> {
  const connection = await connect(options);
  const { calls, facts, served } = connection;
  const embedTexts = async (texts: readonly string[], signal: AbortSignal | undefined): Promise<readonly Matrix[]> => {
    const body = { model: served.model, input: texts, encoding_format: "float" };
    const got = objectOf(await calls.json("/v1/embeddings", body, signal), "the answer");
    return onePerPrompt(got.data, texts.length, "embeddings").map(({ embedding }) => vectorOf(embedding));
  };
  return {
    async embed(responses, { signal }, rows = "all") {
      if (rows === "own")
        throw new SpecError(`the server gives one vector a text, and one a token is needed: name a folder or a hub id as the source`);
      const matrices = responses.map((): Matrix => ({ rows: 0, columns: 0, data: new Float32Array(0) }));
      const filled = responses.flatMap(({ text }, i) => (text.trim() === "" ? [] : [{ text, i }]));
      for (let from = 0; from < filled.length; from += CHUNK) {
        const part = filled.slice(from, from + CHUNK);
        const texts = part.map(({ text }) => text);
        (await embedTexts(texts, signal)).forEach((matrix, k) => {
          matrices[(part[k] as (typeof part)[number]).i] = matrix;
        });
      }
      requireOneWidth(matrices);
      return matrices;
    },
    identity: {
      ...{ connector: "encoder", repo: options.config.repoId, resolvedRevision: null, provider: "server" },
      ...{ dtype: facts.dtype ?? "unknown", sha256: facts.sha256, server: serverIdentity(connection, "messages", null) },
    },
    dispose: () => calls.close(),
  };
}

function vectorOf(value: unknown): Matrix {
  const numbers = listOf(value, "embedding");
  if (numbers.length === 0 || numbers.length > WIDEST) throw strange(`an embedding of ${numbers.length} numbers`, value);
  const data = Float32Array.from(numbers, (number) => numberOf(number, "an embedding's number"));
  return { rows: 1, columns: data.length, data };
}

function requireOneWidth(matrices: readonly Matrix[]): void {
  const widths = [...new Set(matrices.filter(({ rows }) => rows > 0).map(({ columns }) => columns))];
  if (widths.length > 1) throw strange(`embeddings of ${widths.join(" and ")} numbers`, widths);
}
