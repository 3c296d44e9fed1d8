import { describe, expect, test } from "vitest";
import { cacheName, likelyCache } from "../../src/decoding/names.js";

describe("what a cache's name tells", () => {
  test.each([
    ["past_key_values.7.value", "value", 7, "present.7.value"],
    ["past_key_values.12.conv", "conv", 12, "present.12.conv"],
    ["past.3.recurrent", "recurrent", 3, "present.3.recurrent"],
    ["past_conv.0", "conv", 0, "present_conv.0"],
    ["past_ssm.11", "ssm", 11, "present_ssm.11"],
    ["past_key_5", "key", 5, "present_key_5"],
    ["past_value_self_5", "value", 5, "present_value_self_5"],
    ["cache.layers.2.keys", "key", 2, "cache.layers.2.keys"],
    ["past_key_values.layers.2.values", "value", 2, "past_key_values.layers.2.values"],
    ["cache.layers.4.conv_states", "conv", 4, "cache.layers.4.conv_states"],
    ["cache.layers.4.recurrent_states.0", "recurrent", 4, "cache.layers.4.recurrent_states.0"],
  ])("%s: %s of layer %i", (name, kind, layer, present) => {
    const found = cacheName(name, null);
    expect(found).toMatchObject({ kind, layer });
    expect(found?.presents).toContain(present);
  });

  test.each(["input_ids", "past_key_values.x.key", "past_key_values.1.query", "present.1.key", "past_key_values.1.key.2", ""])(
    "%j is none",
    (name) => {
      expect(cacheName(name, null)).toBeNull();
    },
  );

  test("names of a configuration go before those that are known", () => {
    const names = { inputs: { past_key_names: "k_%d_in" }, outputs: { present_key_names: "k_%d_out" } };
    expect(cacheName("k_3_in", names)).toEqual({ kind: "key", layer: 3, presents: ["k_3_out"] });
    expect(cacheName("k_x_in", names)).toBeNull();
    expect(cacheName("past_key_values.3.key", names)?.presents[0]).toBe("present.3.key");
    expect(cacheName("k_3_in", { inputs: names.inputs, outputs: {} })).toBeNull();
  });
});

describe("a cache by the output that is called like it", () => {
  test.each([
    ["conv_state.3", "new_conv_state.3", false, "conv", 3],
    ["kv_in_2_v", "kv_out_2_v", true, "value", 2],
    ["prevKeys.1", "nextKeys.1", true, "key", 1],
    ["cache.11.value", "cache.11.value.updated", true, "value", 11],
  ] as const)("%s → %s", (name, output, grows, kind, layer) => {
    expect(likelyCache(name, ["logits", output, `${output}.1`], grows)).toEqual({ kind, layer, presents: [output] });
  });

  test("none where no output is, or two are", () => {
    expect(likelyCache("conv_in_0", ["conv_out_1"], false)).toBeNull();
    expect(likelyCache("conv_in_0", ["conv_out_0", "new_conv_0"], false)).toBeNull();
    expect(likelyCache("conv.0", ["conv.0"], false)).toBeNull();
  });
});
