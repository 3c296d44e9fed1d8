import type { FrontEnd } from "../../audio/front_ends/front_end.js";

/** How a model hears: what its encoder is fed, and how many rows come out. */
export interface EncoderInput {
  readonly frontEnd: FrontEnd;
  /** Frames of one audio token, which is what masks keep or drop of plain audio. */
  readonly framesPerToken: number;
  /** Rows that an audio token's frames become, which know of all of it. @default 1 */
  readonly rowsPerToken?: number | undefined;
  /** Frames that the encoder takes at least; shorter features are filled up with zeros, whose rows are left out. @default 1 */
  readonly leastFrames?: number | undefined;
  /** Seconds of the longest clip; a longer one is refused. @default Infinity */
  readonly mostSeconds?: number | undefined;
  /** Rows of the encoding of so many frames that count, from 1. The encoder's answers are held to it. */
  rowsOf(frames: number): number;
  /** Awaited before a first clip is read: what the graph alone can tell is known then. */
  readonly ready?: (() => Promise<void>) | undefined;
}

/** Audio tokens of so many frames. */
export const tokensOf = ({ framesPerToken }: EncoderInput, frames: number): number => Math.ceil(frames / framesPerToken);
