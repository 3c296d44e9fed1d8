import { ConnectorError } from "../errors.js";
import { itemAt } from "../util/elements.js";
import type { FrameGeometry } from "./chunks.js";

export interface ConvConfig {
  readonly conv_kernel?: readonly number[];
  readonly conv_stride?: readonly number[];
}

/** What a stack of convolutions without padding implies. Without any stated: wav2vec2's 320 and 400. */
export function statedGeometry({ conv_kernel: kernels, conv_stride: strides }: ConvConfig): FrameGeometry {
  if (kernels === undefined || strides === undefined || kernels.length !== strides.length) return { stride: 320, receptive: 400 };
  let [stride, receptive] = [1, 1];
  kernels.forEach((kernel, i) => {
    receptive += (kernel - 1) * stride;
    stride *= itemAt(strides, i);
  });
  return { stride, receptive };
}

const PROBE_FRAMES = 4;

/**
 * Checks a stated geometry against the graph. A graph that pads its convolutions gives a frame earlier than they imply: then the samples that a
 * number of frames really needs are found by halving.
 *
 * @param count frames that the graph gives for so many samples.
 * @throws ConnectorError where frames do not come every `stride` samples.
 */
export async function measureGeometry(
  stated: FrameGeometry,
  count: (samples: number) => Promise<number>,
  repo: string,
): Promise<FrameGeometry> {
  const { stride, receptive } = stated;
  const enough = receptive + PROBE_FRAMES * stride;
  const frames = await count(enough);
  if (frames === PROBE_FRAMES + 1 && (await count(enough - 1)) === PROBE_FRAMES) return stated;
  // The least number of samples for as many frames lies within one stride below.
  let [low, high] = [enough - stride, enough];
  if ((await count(low)) !== frames - 1)
    throw new ConnectorError(`${repo}: its frames are not ${stride} samples apart as its configuration says`);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if ((await count(middle)) === frames) high = middle;
    else low = middle;
  }
  return { stride, receptive: high - (frames - 1) * stride };
}
