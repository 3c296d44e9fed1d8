import { ConnectorError } from "../errors.js";
import type { OnEvent, RunOptions } from "../events.js";
import { toFloat32 } from "../onnx/tensors.js";
import type { ModelIdentity } from "../repos/resources.js";
import { withSignal } from "../util/abort.js";
import { float64At } from "../util/elements.js";
import { type Labels, labelsOf } from "./entailment.js";
import { equalLengths, type FedText, openTextGraph, runTexts, type TextGraph, type TextGraphOptions } from "./text_graph.js";
import type { Entail } from "./types.js";

/** A cross-encoder for natural language inference that is loaded. */
export interface CrossEncoder {
  readonly entail: Entail;
  readonly identity: ModelIdentity;
  dispose(): Promise<void>;
}

const OUTPUT = "logits";

/**
 * Loads a sequence classifier that was trained for natural language inference: tokenizer.json, a graph that takes `input_ids` and gives `logits`,
 * and a config.json whose `id2label` names the label of entailment.
 * @throws SpecError where the repository cannot be reached as asked, ConnectorError where it is no such model.
 */
export async function loadCrossEncoder(options: TextGraphOptions): Promise<CrossEncoder> {
  return await withSignal(options.signal, () => open(options));
}

async function open(options: TextGraphOptions): Promise<CrossEncoder> {
  const graph = await openTextGraph(options, { connector: "cross-encoder", name: "cross-encoder" });
  const { session, path, identity, config } = graph;
  try {
    if (!session.outputNames.includes(OUTPUT))
      throw new ConnectorError(`${path} is no cross-encoder: its outputs are ${session.outputNames.join(", ")}; ${OUTPUT} is needed`);
    const labels = labelsOf(config.id2label, `${path} is no cross-encoder for entailment: its config.json (id2label)`);
    const feed = feeding(graph, options.onEvent);
    return {
      entail: (pairs, run) => withSignal(run.signal, () => entailed(pairs.map(feed), labels, graph, run)),
      identity,
      dispose: () => session.release(),
    };
  } catch (error) {
    await session.release();
    throw error;
  }
}

function feeding({ tokenizer, limit }: TextGraph, onEvent: OnEvent | undefined): (pair: readonly [string, string]) => FedText {
  let warned = false;
  return ([premise, hypothesis]) => {
    if (premise.trim() === "" || hypothesis.trim() === "") return { ids: [] };
    const whole = tokenizer.encodePair(premise, hypothesis);
    if (whole.ids.length <= limit) return whole;
    if (!warned) onEvent?.({ kind: "warning", message: `the cross-encoder takes ${limit} tokens: of longer pairs the longer text is cut` });
    warned = true;
    return shortened(whole, [tokenizer.encode(premise, false), tokenizer.encode(hypothesis, false)], limit);
  };
}

/** The ends of the two texts are cut, of the longer one first; what stands around them stays. */
function shortened(whole: Required<FedText>, own: readonly [readonly number[], readonly number[]], limit: number): FedText {
  const first = placeOf(own[0], whole.ids, 0);
  const second = placeOf(own[1], whole.ids, first + own[0].length);
  const sizes: [number, number] = [own[0].length, own[1].length];
  for (let excess = whole.ids.length - limit; excess > 0 && sizes[0] + sizes[1] > 0; excess--) sizes[sizes[0] >= sizes[1] ? 0 : 1]--;
  const isKept = (at: number): boolean =>
    !(at >= first + sizes[0] && at < first + own[0].length) && !(at >= second + sizes[1] && at < second + own[1].length);
  return { ids: whole.ids.filter((_, at) => isKept(at)), types: whole.types.filter((_, at) => isKept(at)) };
}

function placeOf(part: readonly number[], ids: readonly number[], from: number): number {
  for (let at = from; at + part.length <= ids.length; at++) if (part.every((id, i) => id === ids[at + i])) return at;
  throw new ConnectorError("the cross-encoder's tokeniser tokenises a pair otherwise than its texts, so that a long pair cannot be cut");
}

/** Softmax over the labels, of that of entailment; 0 where a text is blank. */
async function entailed(
  texts: readonly FedText[],
  { names: { length: count }, entailment }: Labels,
  { session, path }: TextGraph,
  run: RunOptions,
) {
  const found = new Float64Array(texts.length);
  for (const batch of equalLengths(texts)) {
    run.signal?.throwIfAborted();
    const rows = batch.map((index) => texts[index] as FedText);
    const logits = Float64Array.from(toFloat32(await runTexts(rows, session, OUTPUT)));
    if (logits.length !== batch.length * count)
      throw new ConnectorError(`${path} gives ${logits.length / batch.length} logits a pair, and its config.json names ${count} labels`);
    batch.forEach((index, i) => {
      const own = logits.subarray(i * count, (i + 1) * count);
      const probability = 1 / own.reduce((sum, logit) => sum + Math.exp(logit - float64At(own, entailment)), 0);
      if (Number.isNaN(probability)) throw new ConnectorError(`${path} gives a logit that is no number`);
      found[index] = probability;
    });
  }
  return found;
}
