import type { FrontEnd } from "../../audio/front_ends/front_end.js";
import type { CheckRow } from "../check_row.js";
import type { RepoFacts } from "../repo_facts.js";
import type { LoadOptions, Model } from "../types.js";
import type { EncoderShape } from "./clip_encoder.js";

type Config = RepoFacts["config"];

/** Graphs of a model by what they do, each with the names that exports have given it, the newest first, which it goes by. */
export interface SpeechGraphs {
  readonly decoder: readonly string[];
  /** None where the decoder looks tokens up itself. */
  readonly embed_tokens?: readonly string[];
  readonly audio_encoder: readonly string[];
}

/** A decoder that takes token ids, and rows of sound beside them in the order of their placeholders. */
export interface BesideIds {
  /** Names that exports give the rows. */
  readonly rows: readonly string[];
  /** Inputs for what is never fed here, such as speech of its own: they get nothing. */
  readonly unfed: readonly string[];
}

/**
 * A family as a table of facts: an encoder's rows stand in the prompt of a decoder, where a placeholder stands in
 * the text, and the answer is text.
 */
export interface SpeechFacts {
  readonly graphs: SpeechGraphs;
  /** Files besides the usual ones that say how it hears; those that are there are read. */
  readonly files: readonly string[];
  /** Why a model of this family cannot be explained, by its `config.json`; null where it can. @default null */
  refuses?(config: Config): string | null;
  /** @param folder of the model. */
  frontEnd(folder: string): Promise<FrontEnd>;
  readonly encoder: Omit<EncoderShape, "rowsOf">;
  /** Frames of one audio token. */
  framesPerToken(config: Config): number;
  /** Rows that an audio token's frames become. @default 1 */
  readonly rowsPerToken?: number;
  /** Rows of the encoding of so many frames, which go in at once. */
  rowsOf(frames: number, config: Config): number;
  /** Seconds of the longest clip that it hears. @default any: longer features go in piece by piece */
  readonly mostSeconds?: number;
  /** An export's graph may give so many rows more, of every encoding: how many, it is asked. @default 0 */
  readonly moreRows?: number;
  /** Token whose embeddings for the decoder's layers stand at rows of sound, where it takes any. @default 0 */
  soundAs?(config: Config): number;
  /** @default the decoder takes embeddings, of words and sound alike */
  readonly besideIds?: BesideIds;
  readonly layout: {
    /** The token of the text that a clip stands in the place of. @param processor `processor_config.json`, empty where there is none. */
    placeholder(processor: Config): string;
    /** Tokens around a clip's rows that its placeholder stands for, too. @default none */
    readonly before?: string;
    readonly after?: string;
    /** Text in front of `before`. @param clip its number in the conversation, from 1. @default none */
    lead?(clip: number): string;
    /** Text behind `after`. @default none */
    readonly trail?: string;
    /** Stands between neighbouring texts of a message. @default "" */
    readonly between?: string;
    /** Tokens that stand for what is never fed: no text may have them, and no answer has. Those that the tokeniser lacks do not matter. @default none */
    readonly unfed?: readonly string[];
    /** Tokens that no answer has, since it would go on in sound. @default none */
    readonly undrawn?: readonly string[];
  };
}

/** A family of models that hear, as the registry holds it. */
export interface SpeechFamily<Name extends string = string> {
  readonly name: Name;
  /** One line for lists and help. */
  readonly summary: string;
  /** What `model_type` of its `config.json` says. */
  readonly modelTypes: readonly string[];
  /** Its models have chat templates of their own. Otherwise their turns are fixed. */
  readonly templated: boolean;
  /** It answers in sound, too. */
  readonly speaks: boolean;
  /** What it consists of; null for one with a model of its own. */
  readonly facts: SpeechFacts | null;
  recognises(facts: RepoFacts): boolean;
  load(options: LoadOptions): Promise<Model>;
  check(options: LoadOptions): Promise<readonly CheckRow[]>;
}
