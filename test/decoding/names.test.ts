import { describe, expect, test } from "vitest";
import { cacheName } from "../../src/decoding/names.js";

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
