import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LiquidAudioChat } from "../../src/connectors/speech/families/lfm2/chat.js";
import { readLiquidConfig } from "../../src/connectors/speech/families/lfm2/config.js";
import { findLiquidRepo } from "../../src/connectors/speech/families/lfm2/load.js";
import { LiquidAudio } from "../../src/connectors/speech/families/lfm2/model.js";
import { SPECIAL_TOKENS } from "../../src/connectors/speech/families/lfm2/tokens.js";
import type { PromptPart } from "../../src/connectors/speech/prompt.js";
import { requestOf } from "../../src/spec/load.js";
import { openRun } from "../../src/tasks/open_run.js";
import { coalitionAt } from "../shared/coalition_at.js";
import { inRepository } from "../shared/root.js";
import { type SpeechTask, soundRow } from "./loop.js";
import { MAX_NEW_TOKENS, type Work } from "./works.js";

/** A model in LFM2-Audio's layout. */
export interface SpeechModel {
  /** What its works are called. */
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
  readonly dtype: string;
}

export interface SpeechWork extends Work {
  readonly model: SpeechModel;
  /** Absolute. */
  readonly clip: string;
}

interface Command {
  /** Of fixtures/audio. */
  readonly file: string;
  readonly says: string;
}

const LIGHT: Command = { file: "speech.wav", says: "turn on the light" };
const FAN: Command = { file: "spoken/spoken-061.wav", says: "turn on the fan in the garden" };
const HEATER: Command = { file: "spoken/spoken-008.wav", says: "make the kitchen heater white" };

export function speechWorks(model: SpeechModel, quick: boolean): readonly SpeechWork[] {
  const { name, folder, dtype } = model;
  const work = (payoff: Work["payoff"], of: string, { file, says }: Command): SpeechWork => {
    const clip = fileURLToPath(inRepository(`fixtures/audio/${file}`));
    return {
      name: `\`${payoff}\`${of}, ${says.split(" ").length} spoken words, ${name}`,
      payoff,
      model,
      clip,
      spec: {
        version: 1,
        model: { connector: "liquid-audio", repo: folder, dtype },
        messages: [{ role: "user", content: [{ type: "audio", path: clip, transcript: says }] }],
        generation: { max_new_tokens: MAX_NEW_TOKENS },
        explain: { players: "word", audio_masking: "silence", sampler: "exact", payoff },
      },
    };
  };
  if (quick) return [work("likelihood", "", LIGHT), work("tfidf", "", LIGHT)];
  return [work("likelihood", "", FAN), work("tfidf", " of generated answers", HEATER)];
}

/** What a loop is told, so that it asks the same. @throws where masked prompts differ in more than their sound, or the folder lacks what a loop reads. */
export async function speechTaskOf({ spec, payoff, model: { folder, dtype }, clip }: SpeechWork): Promise<SpeechTask> {
  const options = { config: { repoId: folder }, device: "cpu", dtype } as const;
  const { decoder, encoder, text, melConfig } = (await findLiquidRepo(options)).files;
  if (encoder === null || text.kind !== "table") throw new Error(`${folder} has no audio encoder, or no table of its vocabulary's rows`);
  const { mel } = await readLiquidConfig(folder, melConfig);
  const model = await LiquidAudio.load(options);
  try {
    await using run = await openRun(await requestOf(spec, "/"), { model });
    const n = run.players.length;
    const { masked } = run.chat.playable(run.groupIds);
    const chats = [run.chat, ...Array.from({ length: 2 ** n }, (_, m) => masked(coalitionAt(m, n)))].filter(
      (one) => one instanceof LiquidAudioChat,
    );
    const [prompt = [], ...others] = chats.map((chat) => chat.promptParts().flatMap(idsOf));
    if (others.length < 2 ** n || others.some((other) => other.join() !== prompt.join()))
      throw new Error("prompts differ in more than their sound");
    return {
      folder,
      path: join(folder, decoder.path),
      encoder: join(folder, encoder.path),
      words: text,
      mel,
      clip,
      segments: chats[0]?.audioSegments[0] ?? [],
      prompt,
      payoff,
      maxNewTokens: MAX_NEW_TOKENS,
      endIds: [SPECIAL_TOKENS.turnEnd.id],
    };
  } finally {
    await model.dispose();
  }
}

function idsOf(part: PromptPart): readonly number[] {
  if (part.kind === "audio-out") throw new Error("a history that was spoken");
  return part.kind === "text" ? [...part.ids] : Array.from(part.clip.take, soundRow);
}
