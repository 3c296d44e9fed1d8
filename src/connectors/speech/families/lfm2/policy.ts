import { ModalityFlag } from "../../../../chat/enums.js";
import type { FinishReason } from "../../../../chat/model_response.js";
import type { AnswerTrie, Guess } from "../../../../decoding/answer_trie.js";
import { argmax, drawable, isGreedy, type Sampling, sample } from "../../../../decoding/sampling.js";
import { END, type Step, type StepPolicy } from "../../../../decoding/step_policy.js";
import { ConnectorError } from "../../../../errors.js";
import type { Rng } from "../../../../random.js";
import type { TokenIds } from "../../../../text/token_ids.js";
import { itemAt } from "../../../../util/elements.js";
import type { ChooseCode } from "./depthformer.js";
import { END_OF_AUDIO, type SpecialIds } from "./tokens.js";

export interface LiquidDecoding {
  /** `sequential`: text, and sound after the token that opens it; `interleaved`: text and sound by turns. */
  readonly mode: "sequential" | "interleaved";
  readonly ids: Pick<SpecialIds, "turnEnd" | "audioStart" | "textEnd">;
  /** Text tokens and audio frames that alternate. */
  readonly interleavedText: number;
  readonly interleavedAudio: number;
  readonly maxNewTokens: number;
  /** Steps that each request has positions for. @default as many as it likes */
  readonly room?: readonly number[] | undefined;
  readonly text: Sampling;
  readonly audio: Sampling;
  /** Text ids that may be drawn; null = all. @default null */
  readonly tokenIds?: TokenIds | null;
  readonly codebooks: number;
  /** One stream a request, made from the request alone; unused when greedy. */
  rng(request: number): Rng;
  /** Codes `[rows, codebooks]` after hidden states `[rows, hidden]`. */
  frames(hidden: Float32Array, rows: number, choose: ChooseCode): Promise<Int32Array>;
  /** What a frame is fed as. */
  frameId(codes: Int32Array): number;
  /** Greedy answers given so far, as fed ids: guesses of further ones come from here, and they are added. null = no guessing. */
  readonly answers: AnswerTrie | null;
}

export interface LiquidOutput {
  readonly text: readonly number[];
  /** `[codebooks]` each. */
  readonly frames: readonly Int32Array[];
  readonly flags: readonly ModalityFlag[];
  readonly finishReason: Exclude<FinishReason, "given">;
}

/** Where one answer stands. */
interface Row {
  speaking: boolean;
  /** Steps until the modality changes; below 0 once the text is done. */
  left: number;
  textDone: boolean;
  stopped: boolean;
  readonly text: number[];
  readonly frames: Int32Array[];
  readonly flags: ModalityFlag[];
  /** All steps as they are fed. */
  readonly fed: number[];
  readonly rngs: { readonly text: Rng; readonly audio: Rng } | null;
}

/** The published generation loops, one row each, step by step. */
export class LiquidPolicy implements StepPolicy {
  readonly wantHidden = true;
  private readonly rows = new Map<number, Row>();

  constructor(private readonly options: LiquidDecoding) {}

  async advance(step: Step): Promise<Int32Array> {
    const rows = step.requests.map((request) => this.row(request));
    const speaking = rows.flatMap((row, i) => (row.speaking ? [i] : []));
    const frames = speaking.length === 0 ? [] : await this.sampleFrames(step, speaking);
    let at = 0;
    return Int32Array.from(rows, (row, i) => {
      if (this.options.mode === "interleaved") row.left -= 1;
      const id = row.speaking ? this.speak(row, frames[at++] as Int32Array) : this.write(row, this.sampleText(row, step, i));
      const over = row.stopped || row.flags.length >= this.most(itemAt(step.requests, i));
      if (over) this.answers?.add(row.fed);
      return over ? END : id;
    });
  }

  guess(request: number, most: number): Guess {
    const { fed, flags } = this.row(request);
    return this.answers?.guess(fed, Math.min(most, this.most(request) - flags.length - 1)) ?? { ids: [], odds: [] };
  }

  output(request: number): LiquidOutput {
    const { text, frames, flags, stopped } = this.row(request);
    return { text, frames, flags, finishReason: stopped ? "stop" : "length" };
  }

  /** Sampled answers are no guide: each is a draw of its own. */
  private get answers(): AnswerTrie | null {
    const { text, audio, answers } = this.options;
    return isGreedy(text) && isGreedy(audio) ? answers : null;
  }

  /** One step of text; what is fed next. */
  private write(row: Row, id: number): number {
    const { mode, ids, interleavedAudio } = this.options;
    row.stopped = id === ids.turnEnd;
    // Sequential answers emit the token that ends them, interleaved ones do not.
    if (row.stopped && mode === "interleaved") return END;
    row.text.push(id);
    row.flags.push(ModalityFlag.TEXT);
    row.fed.push(id);
    if (mode === "sequential") row.speaking = id === ids.audioStart;
    else {
      if (id === ids.textEnd) row.textDone = true;
      if (row.left === 0 || row.textDone) {
        row.speaking = true;
        row.left = interleavedAudio;
      }
    }
    return id;
  }

  /** One step of sound. The count is looked at first; the end of audio overrides it and leaves the count as it is. */
  private speak(row: Row, codes: Int32Array): number {
    if (this.options.mode === "interleaved" && row.left === 0 && !row.textDone) {
      row.speaking = false;
      row.left = this.options.interleavedText;
    }
    if (codes[0] === END_OF_AUDIO) {
      codes.fill(END_OF_AUDIO);
      row.speaking = false;
    }
    const id = this.options.frameId(codes);
    row.frames.push(codes);
    row.flags.push(ModalityFlag.AUDIO);
    row.fed.push(id);
    return id;
  }

  private sampleText({ rngs }: Row, { vectors, logits, vocabulary }: Step, i: number): number {
    const start = itemAt(vectors, i) * vocabulary;
    const size = drawable(logits, start, vocabulary, this.options.tokenIds ?? null);
    if (isGreedy(this.options.text) || rngs === null) return argmax(logits, start, size);
    return sample(logits, start, size, this.options.text, rngs.text);
  }

  /** One frame for each speaking row. */
  private async sampleFrames(step: Step, speaking: readonly number[]): Promise<readonly Int32Array[]> {
    const { requests, vectors, hidden, logits, vocabulary } = step;
    const { audio, codebooks } = this.options;
    if (hidden === null) throw new ConnectorError("the model wants to speak, but its decoder gives no `hidden_states` to speak from");
    const width = hidden.length / (logits.length / vocabulary);
    const states = new Float32Array(speaking.length * width);
    speaking.forEach((row, i) => {
      const from = itemAt(vectors, row) * width;
      states.set(hidden.subarray(from, from + width), i * width);
    });
    const codes = await this.options.frames(states, speaking.length, (i, _codebook, logits, start, size) => {
      const { rngs } = this.row(itemAt(requests, itemAt(speaking, i)));
      return isGreedy(audio) || rngs === null ? argmax(logits, start, size) : sample(logits, start, size, audio, rngs.audio);
    });
    return speaking.map((_, i) => codes.slice(i * codebooks, (i + 1) * codebooks));
  }

  private most(request: number): number {
    return Math.min(this.options.maxNewTokens, this.options.room?.[request] ?? Infinity);
  }

  private row(request: number): Row {
    let row = this.rows.get(request);
    if (row === undefined) {
      const { text, audio, interleavedText: left } = this.options;
      const rng = isGreedy(text) && isGreedy(audio) ? null : this.options.rng(request);
      const rngs = rng === null ? null : { text: rng, audio: rng.fork("audio") };
      row = { speaking: false, left, textDone: false, stopped: false, text: [], frames: [], flags: [], fed: [], rngs };
      this.rows.set(request, row);
    }
    return row;
  }
}
