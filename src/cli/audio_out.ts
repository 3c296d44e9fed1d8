import { extname } from "node:path";
import type { ModelResponse } from "../chat/model_response.js";
import type { Model } from "../connectors/types.js";
import { SpecError } from "../errors.js";
import { writeOutput } from "./files.js";
import { refuseUnwritable } from "./outputs.js";

const FORMATS = ["wav", "mp3"];
/** Of the published models' sound, in Hz. */
const SAMPLE_RATE = 24_000;

/** Writes the answer's sound to a file. */
export type AudioOut = (answer: ModelResponse, model: Model) => Promise<void>;

/**
 * What `--audio-out FILE` asks for.
 * @throws SpecError before anything is computed where the file cannot be written.
 */
export async function planAudioOut(file: string, ffmpegPath: string | undefined): Promise<AudioOut> {
  const format = extname(file).slice(1).toLowerCase();
  if (!FORMATS.includes(format)) throw new SpecError(`--audio-out ${file}: must end in .wav, or in .mp3 (which takes ffmpeg)`);
  await refuseUnwritable(file, "--audio-out");
  return async ({ generatedAudioTokens }, model) => {
    if (model.decodeCodes === undefined) {
      const { connectors } = await import("../connectors/registry.js");
      const speaking = connectors.filter(({ speaks }) => speaks).map(({ name }) => name);
      throw new SpecError(
        `--audio-out ${file}: connector ${model.identity.connector} gives text only; sound takes a model for ${speaking.join(" or ")}`,
      );
    }
    const sound = await model.decodeCodes(generatedAudioTokens, SAMPLE_RATE, format, ffmpegPath);
    if (sound.length === 0) {
      throw new SpecError(`--audio-out ${file}: the answer is text only; ask for sound too with generation.history: text_audio`);
    }
    await writeOutput(file, sound);
  };
}
