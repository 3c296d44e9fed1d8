import type { InferenceSession } from "onnxruntime-node";
import { expect, test } from "vitest";
import { type DecoderHints, type DecoderIo, discoverDecoder, NO_HINTS } from "../../src/decoding/discover.js";

type Shape = readonly (number | string)[];

function value(name: string, shape: Shape, type = "float32"): InferenceSession.ValueMetadata {
  return { name, isTensor: true, type, shape } as InferenceSession.ValueMetadata;
}

const IDS = value("input_ids", ["batch", "seq"], "int64");
const LOGITS = value("logits", ["batch", "seq", 151_936]);
const SIZES: DecoderHints = { names: null, kvHeads: 2, headDim: 16 };

/** A graph with one layer's caches. */
function caches(pasts: readonly string[], presents: readonly string[], shape: Shape, hints = NO_HINTS, type = "float32"): DecoderIo {
  const session = {
    inputMetadata: [IDS, ...pasts.map((name) => value(name, shape, type))],
    outputMetadata: [LOGITS, ...presents.map((name) => value(name, shape, type))],
  };
  return discoverDecoder(session, "model.onnx", hints);
}

test.each([
  ["optimum", "past_key_values.3.key", "present.3.key"],
  ["optimum, earlier", "past_key_values.3.key", "present_key_values.3.key"],
  ["onnxruntime", "past_key_3", "present_key_3"],
  ["onnxruntime, with what attends to itself named", "past_key_self_3", "present_key_self_3"],
  ["transformers 5", "past_key_values.layers.3.keys", "cache.layers.3.keys"],
  ["transformers 5, earlier", "input.cache.layers.3.keys", "output.cache.layers.3.keys"],
])("caches as %s names them", (_who, past, present) => {
  expect(caches([past], [present], ["batch", 2, "past", 16]).caches).toEqual([
    { past, present, kind: "key", layer: 3, type: "float32", dims: [2, null, 16] },
  ]);
});

test("states of convolutions and linear attention", () => {
  for (const [past, present] of [
    ["past_conv.0", "present_conv.0"],
    ["past.0.conv", "present.0.conv"],
  ] as const) {
    expect(caches([past], [present], ["batch", 64, 3]).caches[0]).toMatchObject({ kind: "conv", dims: [64, 3] });
  }
  expect(() => caches(["past.0.recurrent"], ["present.0.recurrent"], ["batch", 2, "d", 8])).toThrow(
    /is a state of which not all sizes are given/,
  );
});

test("sizes that are left open come from the configuration, and are marked", () => {
  const name = (shape: Shape, hints?: DecoderHints) => caches(["past_key_values.0.key"], ["present.0.key"], shape, hints).caches[0];
  expect(name(["batch", 2, "past", "kv_cache_dim"], SIZES)).toMatchObject({ dims: [2, null, 16], assumed: true });
  expect(name(["batch", "heads", "past", "dim"], SIZES)).toMatchObject({ dims: [2, null, 16], assumed: true });
  expect(() => name(["batch", 2, "past", "kv_cache_dim"])).toThrow(/leaves open how many heads it has or how large they are/);
  // Some exporters write numbers as names.
  expect(name(["s44", "2", "s85", "16"])).toEqual(expect.objectContaining({ dims: [2, null, 16] }));
  expect(name(["s44", "2", "s85", "16"])).not.toHaveProperty("assumed");
  expect(() => name(["batch", 2, 128, 16])).toThrow(/has a fixed length/);
});

test("types that cannot be fed or read are refused in one line, with the input", () => {
  expect(() => caches(["past_key_values.0.key"], ["present.0.key"], ["b", 2, "p", 16], NO_HINTS, "bfloat16")).toThrow(
    /^model\.onnx: cache `past_key_values\.0\.key` \(bfloat16 \[b, 2, p, 16\]\) should hold float32 or float16: export it so; /,
  );
  const session = { inputMetadata: [value("input_ids", ["b", "s"], "float32")], outputMetadata: [LOGITS] };
  expect(() => discoverDecoder(session, "model.onnx")).toThrow(/input `input_ids` \(float32 \[b, s\]\) is of a type that cannot be fed/);
  const half = { inputMetadata: [IDS], outputMetadata: [value("logits", ["b", "s", 9], "bfloat16")] };
  expect(() => discoverDecoder(half, "model.onnx")).toThrow(/output `logits` \(bfloat16 \[b, s, 9\]\) should hold float32 or float16/);
});

test("graphs that are no text decoders are told so", () => {
  const of = (inputs: readonly InferenceSession.ValueMetadata[], outputs: readonly InferenceSession.ValueMetadata[]) => () =>
    discoverDecoder({ inputMetadata: inputs, outputMetadata: outputs }, "model.onnx");
  expect(of([IDS], [value("last_hidden_state", ["b", "s", 9])])).toThrow(/there is no output `logits`: this graph is no text decoder/);
  expect(of([value("pixel_values", ["b", 3, 224, 224])], [LOGITS])).toThrow(
    /neither `input_ids` nor `inputs_embeds`: this graph is no text decoder/,
  );
  expect(of([IDS], [value("logits", ["b", 2])])).toThrow(/`logits` should have three dims/);
});
