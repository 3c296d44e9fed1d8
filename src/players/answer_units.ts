import { ModalityFlag } from "../chat/enums.js";
import type { ModelResponse } from "../chat/model_response.js";
import type { TimeSpan } from "../chat/types.js";
import { wordUnits } from "../text/words.js";
import { int32At, itemAt } from "../util/elements.js";

/** A stretch of an answer that something may be said of: one step of it, or the steps of a word or of a stretch of its sound. */
export interface AnswerUnit {
  readonly kind: "token" | "frame" | "word" | "stretch";
  readonly text: string;
  /** Steps [from, to) of the answer. */
  readonly from: number;
  readonly to: number;
  /** Where it is in the answer's sound; null for text, or where a frame's length is not known. */
  readonly time: TimeSpan | null;
}

/** An answer with what its model knows of it. */
export interface AnswerSteps {
  readonly answer: Pick<ModelResponse, "text" | "generatedModalityFlag">;
  /** Text of every step, special tokens included; "" for a frame. */
  readonly tokens: readonly string[];
  /** Seconds of one frame; null where they are not known. */
  readonly frameSeconds: number | null;
  /** Steps [from, to) that are explained. @default all */
  readonly span?: { readonly from: number; readonly to: number } | undefined;
}

/** Frames of a stretch where nobody knows how long a frame is. */
const FRAMES_A_STRETCH = 4;

interface Step {
  readonly text: string;
  readonly sounds: boolean;
  /** Frames before it. */
  readonly frame: number;
  /** Steps of equal kind and group that follow each other are one word or stretch. */
  readonly group: number;
}

/** Every step that is explained. */
export function stepsOf({ answer, tokens, frameSeconds, span }: AnswerSteps): readonly AnswerUnit[] {
  return unitsOf(ungrouped(answer, tokens), frameSeconds, span);
}

/** Their words and stretches of sound; together they hold each of these steps once. @param seconds of a stretch, about. */
export function wordsOfAnswer({ answer, tokens, frameSeconds, span }: AnswerSteps, seconds: number): readonly AnswerUnit[] {
  const words = wordOfToken(tokens, answer.text);
  const perStretch = frameSeconds === null ? FRAMES_A_STRETCH : Math.max(1, Math.round(seconds / frameSeconds));
  const steps = ungrouped(answer, tokens).map((step, i) => ({
    ...step,
    group: step.sounds ? Math.floor(step.frame / perStretch) : int32At(words, i),
  }));
  return unitsOf(steps, frameSeconds, span).map((unit) => ({ ...unit, kind: unit.kind === "frame" ? "stretch" : "word" }));
}

/** The steps from the first to the last that the answer's text holds: without the tokens that end it. */
export function textSpan({ answer, tokens }: AnswerSteps): { readonly from: number; readonly to: number } {
  const places = placesIn(answer.text, tokens);
  return {
    from: Math.max(
      0,
      places.findIndex((place) => place >= 0),
    ),
    to: places.findLastIndex((place) => place >= 0) + 1,
  };
}

function ungrouped({ generatedModalityFlag: flags }: AnswerSteps["answer"], tokens: readonly string[]): readonly Step[] {
  let frame = 0;
  return flags.map((flag, i) => {
    const sounds = flag === ModalityFlag.AUDIO;
    return { text: tokens[i] ?? "", sounds, frame: sounds ? frame++ : frame, group: i };
  });
}

function unitsOf(steps: readonly Step[], frameSeconds: number | null, span: AnswerSteps["span"]): readonly AnswerUnit[] {
  const end = span?.to ?? steps.length;
  const units: AnswerUnit[] = [];
  for (let from = span?.from ?? 0; from < end; ) {
    const { sounds, frame, group } = steps[from] as Step;
    let to = from + 1;
    while (to < end && steps[to]?.sounds === sounds && steps[to]?.group === group) to++;
    const text = steps.slice(from, to).map((step) => step.text);
    const time = sounds && frameSeconds !== null ? { startS: frame * frameSeconds, endS: (frame + to - from) * frameSeconds } : null;
    units.push({ kind: sounds ? "frame" : "token", text: text.join(""), from, to, time });
    from = to;
  }
  return units;
}

/**
 * The word of each token: that of its first character that is no blank; a token without one goes with the token before it. Tokens that
 * the answer's text leaves out (special ones) are a word each.
 */
function wordOfToken(tokens: readonly string[], text: string): Int32Array {
  const starts = placesIn(text, tokens);
  const units = wordUnits(text);
  const words = new Int32Array(tokens.length);
  tokens.forEach((token, i) => {
    const start = itemAt(starts, i);
    const own = start < 0 ? -1 : (units.subarray(start, start + token.length).find((unit) => unit >= 0) ?? -1);
    const before = i === 0 || itemAt(starts, i - 1) < 0 ? -1 : int32At(words, i - 1);
    // Numbers of words are not negative.
    words[i] = own >= 0 ? own : start >= 0 && before >= 0 ? before : -1 - i;
  });
  return words;
}

/** Where each token stands in the text, −1 where it does not. A blank that decoding takes off the beginning is no difference. */
function placesIn(text: string, tokens: readonly string[]): readonly number[] {
  let at = 0;
  return tokens.map((token) => {
    const found = text.startsWith(token, at) ? token : at === 0 && text.startsWith(token.trimStart()) ? token.trimStart() : null;
    if (found === null) return -1;
    at += found.length;
    return at - found.length;
  });
}
