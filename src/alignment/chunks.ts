/** Stretch of frames that one call of the model is asked for, with the samples that it is fed. */
export interface Chunk {
  /** Frames `[firstFrame, endFrame)` of the whole clip to keep. */
  readonly firstFrame: number;
  readonly endFrame: number;
  readonly firstSample: number;
  readonly endSample: number;
  /** Frames of the call's own that stand before the first kept one. */
  readonly skip: number;
}

export interface FrameGeometry {
  /** Samples from frame to frame. */
  readonly stride: number;
  /** Samples that one frame sees. */
  readonly receptive: number;
}

/** Frames of a clip: ⌊(samples − receptive) / stride⌋ + 1. */
export function frameCount(samples: number, { stride, receptive }: FrameGeometry): number {
  return Math.max(0, Math.floor((samples - receptive) / stride) + 1);
}

/**
 * Cuts a clip into calls of bounded size: every chunk is fed `context` frames on both sides that are thrown away, so that frames at a cut
 * hear their surroundings. Chunks begin at whole strides, so kept frames are those of the uncut clip.
 */
export function chunksOf(samples: number, geometry: FrameGeometry, frames: number, context: number): readonly Chunk[] {
  const total = frameCount(samples, geometry);
  return Array.from({ length: Math.ceil(total / frames) }, (_, i) => {
    const firstFrame = i * frames;
    const endFrame = Math.min(total, firstFrame + frames);
    const fed = Math.max(0, firstFrame - context);
    const fedEnd = Math.min(total, endFrame + context);
    const endSample = fedEnd === total ? samples : (fedEnd - 1) * geometry.stride + geometry.receptive;
    return { firstFrame, endFrame, firstSample: fed * geometry.stride, endSample, skip: firstFrame - fed };
  });
}
