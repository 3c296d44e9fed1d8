import type { Matrix } from "../connectors/types.js";
import { ConnectorError } from "../errors.js";
import type { OnEvent, RunOptions } from "../events.js";
import type { Session } from "../onnx/runtime.js";
import { toFloat32 } from "../onnx/tensors.js";
import type { ModelIdentity } from "../repos/resources.js";
import { withSignal } from "../util/abort.js";
import { equalLengths, type FedText, openTextGraph, runTexts, type TextGraph, type TextGraphOptions } from "./text_graph.js";
import type { Embed, EmbeddedRows } from "./types.js";

/** A sentence encoder that is loaded. */
export interface Encoder {
  /** One row a token of the answer's text (special tokens included); none for a blank text. An encoder that pools by itself gives one row. */
  readonly embed: Embed;
  readonly identity: ModelIdentity;
  dispose(): Promise<void>;
}

export type EncoderOptions = TextGraphOptions;

/** A text as it is fed, cut to what the encoder takes: special tokens stand around its own, [from, to). */
interface Tokenized extends FedText {
  readonly from: number;
  readonly to: number;
}
type Tokenize = (text: string) => Tokenized;

/**
 * Loads a sentence-embedding model (BERT and its like, as exported for sentence-transformers): tokenizer.json and a graph that takes
 * `input_ids` and gives `last_hidden_state`, `token_embeddings` or `sentence_embedding`.
 * @throws SpecError where the repository cannot be reached as asked, ConnectorError where it is no such model.
 */
export async function loadEncoder(options: EncoderOptions): Promise<Encoder> {
  return await withSignal(options.signal, () => open(options));
}

async function open(options: EncoderOptions): Promise<Encoder> {
  const graph = await openTextGraph(options, { connector: "encoder", name: "sentence encoder" });
  const { session, path, identity } = graph;
  try {
    const output = outputOf(session, path);
    const tokenize = tokenizing(graph, options.onEvent);
    return {
      embed: (responses, run, rows = "all") =>
        withSignal(run.signal, () =>
          embedTexts(
            responses.map(({ text }) => text),
            tokenize,
            session,
            { output, path, rows },
            run,
          ),
        ),
      identity,
      dispose: () => session.release(),
    };
  } catch (error) {
    await session.release();
    throw error;
  }
}

function tokenizing({ tokenizer, limit }: TextGraph, onEvent: OnEvent | undefined): Tokenize {
  let warned = false;
  return (text) => {
    const ids = tokenizer.encode(text, true);
    if (ids.length > limit && !warned) {
      onEvent?.({ kind: "warning", message: `the encoder takes ${limit} tokens: longer answers are compared by their beginnings` });
      warned = true;
    }
    return shortened(ids, tokenizer.encode(text, false), limit);
  };
}

/** The text's own tokens are cut where there are too many, those that stand around them stay. */
function shortened(ids: readonly number[], own: readonly number[], limit: number): Tokenized {
  const around = ids.length - own.length;
  let from = 0;
  while (from < around && !own.every((id, i) => id === ids[from + i])) from++;
  const kept = own.slice(0, Math.max(0, limit - around));
  return { ids: [...ids.slice(0, from), ...kept, ...ids.slice(from + own.length)], from, to: from + kept.length };
}

const OUTPUTS = ["last_hidden_state", "token_embeddings", "sentence_embedding"];

function outputOf({ outputNames }: Session, path: string): string {
  const output = OUTPUTS.find((candidate) => outputNames.includes(candidate));
  if (output !== undefined) return output;
  throw new ConnectorError(`${path} is no sentence encoder: its outputs are ${outputNames.join(", ")}; known are ${OUTPUTS.join(", ")}`);
}

async function embedTexts(
  texts: readonly string[],
  tokenize: Tokenize,
  session: Session,
  { output, path, rows }: { readonly output: string; readonly path: string; readonly rows: EmbeddedRows },
  run: RunOptions,
): Promise<readonly Matrix[]> {
  const matrices = texts.map((): Matrix => ({ rows: 0, columns: 0, data: new Float32Array(0) }));
  const fed = texts.map((text): Tokenized => (text.trim() === "" ? { ids: [], from: 0, to: 0 } : tokenize(text)));
  for (const batch of equalLengths(fed)) {
    run.signal?.throwIfAborted();
    const own = batch.map((index) => fed[index] as Tokenized);
    const tensor = await runTexts(own, session, output);
    const columns = tensor.dims.at(-1) as number;
    const data = toFloat32(tensor);
    const each = data.length / batch.length;
    if (rows === "own" && each / columns !== own[0]?.ids.length)
      throw new ConnectorError(`${path} gives one vector a text (${output}), and one a token is needed`);
    batch.forEach((index, i) => {
      const { from, to } = rows === "own" ? (own[i] as Tokenized) : { from: 0, to: each / columns };
      matrices[index] = { rows: to - from, columns, data: data.slice(i * each + from * columns, i * each + to * columns) };
    });
  }
  return matrices;
}
