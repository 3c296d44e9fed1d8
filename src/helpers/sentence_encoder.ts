import type { Matrix } from "../connectors/types.js";
import { ConnectorError } from "../errors.js";
import type { OnEvent, RunOptions } from "../events.js";
import type { Session } from "../onnx/runtime.js";
import { toFloat32 } from "../onnx/tensors.js";
import type { ModelIdentity } from "../repos/resources.js";
import { withSignal } from "../util/abort.js";
import { equalLengths, type FedText, openTextGraph, runTexts, type TextGraph, type TextGraphOptions } from "./text_graph.js";
import type { Embed } from "./types.js";

/** A sentence encoder that is loaded. */
export interface Encoder {
  /** One row a token of the answer's text (special tokens included); none for a blank text. An encoder that pools by itself gives one row. */
  readonly embed: Embed;
  readonly identity: ModelIdentity;
  dispose(): Promise<void>;
}

export type EncoderOptions = TextGraphOptions;

/** Token ids of a text, special tokens included, cut to what the encoder takes. */
type Tokenize = (text: string) => readonly number[];

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
      embed: (responses, run) =>
        withSignal(run.signal, () =>
          embedTexts(
            responses.map(({ text }) => text),
            tokenize,
            session,
            output,
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
    if (ids.length <= limit) return ids;
    if (!warned)
      onEvent?.({ kind: "warning", message: `the encoder takes ${limit} tokens: longer answers are compared by their beginnings` });
    warned = true;
    return shortened(ids, tokenizer.encode(text, false), limit);
  };
}

/** The text's own tokens are cut, those that stand around them stay. */
function shortened(ids: readonly number[], own: readonly number[], limit: number): readonly number[] {
  const around = ids.length - own.length;
  let head = 0;
  while (head < around && !own.every((id, i) => id === ids[head + i])) head++;
  return [...ids.slice(0, head), ...own.slice(0, Math.max(0, limit - around)), ...ids.slice(head + own.length)];
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
  output: string,
  run: RunOptions,
): Promise<readonly Matrix[]> {
  const matrices = texts.map((): Matrix => ({ rows: 0, columns: 0, data: new Float32Array(0) }));
  const fed = texts.map((text): FedText => ({ ids: text.trim() === "" ? [] : tokenize(text) }));
  for (const batch of equalLengths(fed)) {
    run.signal?.throwIfAborted();
    const rows = batch.map((index) => fed[index] as FedText);
    const tensor = await runTexts(rows, session, output);
    const columns = tensor.dims.at(-1) as number;
    const data = toFloat32(tensor);
    const each = data.length / batch.length;
    batch.forEach((index, i) => {
      matrices[index] = { rows: each / columns, columns, data: data.slice(i * each, (i + 1) * each) };
    });
  }
  return matrices;
}
