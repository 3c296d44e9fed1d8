import type { DecoderHints, DecoderIo } from "../../decoding/discover.js";
import { DecoderGraph } from "../../decoding/graph.js";
import { requireHearing } from "../../decoding/probe.js";
import { triedRows, triedTokens } from "../../decoding/tried.js";
import { ConnectorError } from "../../errors.js";
import { runGraph } from "../../onnx/graph_io.js";
import type { RowSource } from "../../onnx/rows.js";
import type { OpenSession, SessionOptions } from "../../onnx/session.js";
import { fromFloat32, integerTensor, toFloat32, zerosTensor } from "../../onnx/tensors.js";
import { joinFloats } from "../../util/arrays.js";
import { itemAt } from "../../util/elements.js";
import { difference, roundingOf, together, tokenByToken } from "../check_probes.js";
import type { CheckRow } from "../check_row.js";
import { openGraph } from "./check_graph.js";
import type { GraphChoice, RowsChoice } from "./graph_files.js";
import { openRows } from "./open_rows.js";

/** A decoder that takes embeddings, and where these come from, or ids and rows of sound. */
export interface DecoderChecked {
  readonly folder: string;
  readonly decoder: GraphChoice;
  /** null where it looks tokens up itself. */
  readonly text: RowsChoice | null;
  /** By the configuration, where the graph does not tell. */
  readonly vocabulary: number | null;
  /** Sound is made of its hidden states. */
  readonly speaks: boolean;
  readonly sessions: SessionOptions;
  readonly hints?: DecoderHints | undefined;
}

/** One pass against several, one row against two, padded against plain. */
export async function checkSpeechDecoder(checked: DecoderChecked): Promise<readonly CheckRow[]> {
  const { folder, decoder, sessions, speaks, hints } = checked;
  const text = checked.text === null ? null : await openRows(folder, checked.text, sessions);
  const open = await openGraph(folder, decoder.path, sessions);
  try {
    if (text === null) return await besideIds(new DecoderGraph(open, { hints }), checked);
    const graph = new DecoderGraph(open, { embed: async (ids) => joinFloats(await text.rows([...ids])), hints });
    const { io } = graph;
    const vocabulary = io.logits.vocabulary ?? checked.vocabulary ?? text.count ?? 0;
    const tokens = triedTokens(io, vocabulary);
    const width = (io.input.hidden ?? text.hidden) === text.hidden;
    const states = io.hidden === null ? null : `hidden states of ${io.hidden.size ?? "?"}`;
    return [
      {
        check: "decoder",
        found: `${decoder.path}, ${io.input.name} of ${text.hidden}, ${io.caches.length} caches`,
        status: width && (!speaks || states !== null) ? "passed" : "failed",
        detail:
          speaks && states === null
            ? "it gives no hidden_states: the model cannot speak"
            : [`embeddings of ${text.hidden}`, ...(states === null ? [] : [states])].join(", "),
      },
      await tokenByToken(graph, tokens),
      await together(graph, tokens),
      await rightPadded(open, io, text, tokens),
    ];
  } finally {
    await open.session.release();
    await text?.close();
  }
}

/** A decoder that takes rows of sound beside ids: text alone, sound that is heard, and the same comparisons with sound among the tokens. */
async function besideIds(graph: DecoderGraph, { decoder, vocabulary }: DecoderChecked): Promise<readonly CheckRow[]> {
  const { input, sound, caches, logits } = graph.io;
  if (sound === null) throw new ConnectorError(`${decoder.path} takes no rows of sound`);
  const tokens = triedTokens(graph.io, logits.vocabulary ?? vocabulary ?? 0);
  return await graph.during(triedRows(sound), async (tried) => {
    await requireHearing(tried, tokens, decoder.path);
    return [
      {
        check: "decoder",
        found: `${decoder.path}, ${input.name} beside ${sound.name} of ${sound.hidden}, ${caches.length} caches`,
        status: "passed",
        detail: `sound in the places of token ${sound.placeholder}; text alone is taken, too`,
      },
      await tokenByToken(tried, tokens),
      await together(tried, tokens),
    ];
  });
}

/** Two rows, the second filled up on the right, against each alone; told for the record, since rows are never padded here. */
async function rightPadded(open: OpenSession, io: DecoderIo, text: RowSource, tokens: Int32Array): Promise<CheckRow> {
  const check = "decoder: right padding";
  const { attentionMask } = io;
  if (attentionMask === null || io.positionIds !== null || io.fixedRows !== null || io.perLayer !== null) {
    return { check, found: "", status: "skipped", detail: "this graph has no mask, or positions, rows or embeddings of layers of its own" };
  }
  const run = async (rows: readonly Int32Array[], width: number): Promise<Float32Array> => {
    const ids = rows.flatMap((row) => [...row, ...new Array<number>(width - row.length).fill(0)]);
    const mask = rows.flatMap((row) => Array.from({ length: width }, (_, i) => (i < row.length ? 1 : 0)));
    const feeds = {
      [io.input.name]: fromFloat32(io.input.type, joinFloats(await text.rows(ids)), [rows.length, width, text.hidden]),
      [attentionMask.name]: integerTensor(attentionMask.type, mask, [rows.length, width]),
      ...Object.fromEntries(
        io.caches.map(({ past, type, dims }) => [past, zerosTensor(type, [rows.length, ...dims.map((dim) => dim ?? 0)])]),
      ),
    };
    const logits = (await runGraph(open, feeds))[io.logits.name];
    if (logits === undefined) throw new Error("no logits");
    const size = itemAt(logits.dims, 2);
    const data = toFloat32(logits);
    return joinFloats(rows.map((row, r) => data.slice((r * width + row.length - 1) * size, (r * width + row.length) * size)));
  };
  const rows = [tokens.subarray(0, 5), tokens.subarray(5, 8)] as const;
  const alone = joinFloats([await run([rows[0]], 5), await run([rows[1]], 3)]);
  try {
    const off = difference(await run(rows, 5), alone);
    const exact = off <= roundingOf(io);
    return {
      check,
      found: exact ? "exact at each row's last token" : `off by ${off.toExponential(1)}`,
      status: "passed",
      detail: "never used: rows are grouped by length",
    };
  } catch (error) {
    return {
      check,
      found: "refused",
      status: "passed",
      detail: `never used: rows are grouped by length (${error instanceof Error ? error.message : error})`,
    };
  }
}
