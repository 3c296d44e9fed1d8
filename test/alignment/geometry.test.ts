import { describe, expect, it } from "vitest";
import { measureGeometry, statedGeometry } from "../../src/alignment/geometry.js";

const WAV2VEC2 = { conv_kernel: [10, 3, 3, 3, 3, 2, 2], conv_stride: [5, 2, 2, 2, 2, 2, 2] };
const graph = (stride: number, receptive: number) => async (samples: number) => Math.floor((samples - receptive) / stride) + 1;

describe("frame geometry", () => {
  it("follows from the convolutions", () => {
    expect(statedGeometry(WAV2VEC2)).toEqual({ stride: 320, receptive: 400 });
    expect(statedGeometry({ conv_kernel: [400, 3], conv_stride: [160, 2] })).toEqual({ stride: 320, receptive: 720 });
    expect(statedGeometry({})).toEqual({ stride: 320, receptive: 400 });
  });

  it.each([400, 399, 560, 720, 100])("is measured where a graph of %i samples a frame pads its convolutions", async (receptive) => {
    expect(await measureGeometry({ stride: 320, receptive: 720 }, graph(320, receptive), "m")).toEqual({ stride: 320, receptive });
  });

  it("refuses a graph with another stride", async () => {
    await expect(measureGeometry({ stride: 320, receptive: 400 }, graph(160, 400), "m")).rejects.toThrow(
      "m: its frames are not 320 samples apart",
    );
  });
});
