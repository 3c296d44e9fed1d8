import { describe, expect, it } from "vitest";
import { completeModelConfig, GREEDY } from "../../src/chat/model_config.js";
import { ConnectorError } from "../../src/errors.js";

describe("completeModelConfig", () => {
  it("fills in what is not there; null is off, and stays", () => {
    expect(completeModelConfig(undefined)).toEqual(GREEDY);
    expect(completeModelConfig({})).toEqual(GREEDY);
    expect(completeModelConfig({ textTemperature: 0.7 })).toEqual({ ...GREEDY, textTemperature: 0.7 });
    expect(completeModelConfig({ textTemperature: null, textTopK: null })).toEqual({ ...GREEDY, textTemperature: null, textTopK: null });
    expect(completeModelConfig({ audioTopK: undefined } as never)).toEqual(GREEDY);
  });

  it.each([
    [{ textTemperature: "hot" }, /modelConfig.textTemperature is "hot"/],
    [{ textTemperature: Number.NaN }, /is NaN: valid are numbers from 0/],
    [{ textTemperature: Number.POSITIVE_INFINITY }, /is Infinity/],
    [{ textTemperature: -0.1 }, /is -0.1/],
    [{ audioTemperature: true }, /audioTemperature is true/],
    [{ textTopK: 0 }, /textTopK is 0: valid are whole numbers from 1/],
    [{ textTopK: 1.5 }, /is 1.5/],
    [{ audioTopK: "4" }, /is "4"/],
    [{ text_temperature: 1 }, /has no "text_temperature": valid are textTemperature, textTopK/],
    [{ __proto__: null, constructor: 1 }, /has no "constructor"/],
    [null, /must be an object, not null/],
    ["greedy", /must be an object/],
  ])("%j is refused", (config, reason) => {
    expect(() => completeModelConfig(config as never)).toThrow(ConnectorError);
    expect(() => completeModelConfig(config as never)).toThrow(reason);
  });
});
