import type { FrontEnd } from "../../audio/front_ends/front_end.js";
import { ConnectorError } from "../../errors.js";
import type { RepoFacts } from "../repo_facts.js";
import type { ClipEncoder, EncoderShape } from "./clip_encoder.js";
import type { EncoderInput } from "./encoder_input.js";
import type { SpeechFacts } from "./facts.js";

/** Frames whose rows an encoder is asked for where exports differ. */
const TRIED = 32;

export interface FamilyEncoderInput {
  readonly encoderInput: EncoderInput;
  readonly shape: EncoderShape;
}

/**
 * How a model hears by its family's facts. How many rows its graph gives beyond the family's formula is measured before a first clip is
 * read, and every encoding is held to it.
 * @param encoder opens the graph; it is asked for nothing else here.
 * @throws ConnectorError where the family refuses the model.
 */
export function familyEncoderInput(
  facts: SpeechFacts,
  config: RepoFacts["config"],
  frontEnd: FrontEnd,
  encoder: () => Promise<ClipEncoder>,
): FamilyEncoderInput {
  const why = facts.refuses?.(config) ?? null;
  if (why !== null) throw new ConnectorError(`this model cannot be explained: ${why}`);
  const { moreRows = 0, rowsPerToken, mostSeconds } = facts;
  let more = 0;
  let measured: Promise<void> | null = null;
  const pieceRows = (frames: number): number => facts.rowsOf(frames, config) + more;
  const { mostFrames = Infinity } = facts.encoder;
  const measure = async (): Promise<void> => {
    const due = facts.rowsOf(TRIED, config);
    const given = await (await encoder()).rowsFor(TRIED, frontEnd.bins);
    if (given < due || given > due + moreRows)
      throw new ConnectorError(
        `the audio encoder gives ${given} rows for ${TRIED} frames, where ${due} or up to ${due + moreRows} are due`,
      );
    more = given - due;
  };
  const rowsOf = (frames: number): number =>
    frames <= mostFrames ? pieceRows(frames) : pieceRows(mostFrames) + rowsOf(frames - mostFrames);
  return {
    encoderInput: {
      frontEnd,
      framesPerToken: facts.framesPerToken(config),
      rowsPerToken,
      mostSeconds,
      rowsOf,
      ready: async () => {
        measured ??= moreRows === 0 ? Promise.resolve() : measure();
        await measured;
      },
    },
    shape: { ...facts.encoder, rowsOf: pieceRows },
  };
}
