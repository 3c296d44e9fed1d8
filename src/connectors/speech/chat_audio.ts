import { int32At, itemAt } from "../../util/elements.js";
import { type Clip, unitsOf } from "./clip.js";

/** A clip where it stands in a chat. */
export interface PlacedClip {
  readonly clip: Clip;
  /** One byte a unit: what is left of it. */
  readonly kept: Uint8Array;
  /** Its rows stand before the token at this position. */
  readonly at: number;
  /** From 1. */
  readonly turn: number;
  /** Among the clips that the conversation was given, from 1; it stays when others go. */
  readonly number: number;
}

/** Whose a token is. */
const TEXT = -1;
const GENERATED = -2;

/** What a chat knows of its audio. Never modified. */
export interface ChatAudio {
  readonly clips: readonly PlacedClip[];
  /** Per token: index of its clip, `TEXT`, or `GENERATED`. */
  readonly owner: Int32Array;
  /** Per token: its unit in the clip, or its frame in `codes`. */
  readonly unit: Int32Array;
  /** Generated frames, `[frames, codebooks]` row-major. */
  readonly codes: Int32Array;
  readonly codebooks: number;
}

export const noAudio = (codebooks: number): ChatAudio => ({
  clips: [],
  owner: new Int32Array(0),
  unit: new Int32Array(0),
  codes: new Int32Array(0),
  codebooks,
});

/** A clip after the first `tokens` tokens of the chat. */
export function withClip(audio: ChatAudio, clip: Clip, tokens: number, turn: number): ChatAudio {
  const units = unitsOf(clip);
  const index = audio.clips.length;
  const placed: PlacedClip = {
    clip,
    kept: new Uint8Array(units).fill(1),
    at: tokens,
    turn,
    number: (audio.clips.at(-1)?.number ?? 0) + 1,
  };
  return {
    ...audio,
    clips: [...audio.clips, placed],
    owner: extended(audio.owner, tokens, TEXT, new Int32Array(units).fill(index)),
    unit: extended(
      audio.unit,
      tokens,
      0,
      Int32Array.from({ length: units }, (_, unit) => unit),
    ),
  };
}

/** Generated frames after the first `tokens` tokens of the chat. @param codes `[frames, codebooks]` row-major. */
export function withFrames(audio: ChatAudio, codes: Int32Array, tokens: number): ChatAudio {
  const frames = codes.length / audio.codebooks;
  const before = audio.codes.length / audio.codebooks;
  const grown = new Int32Array(audio.codes.length + codes.length);
  grown.set(audio.codes);
  grown.set(codes, audio.codes.length);
  return {
    ...audio,
    codes: grown,
    owner: extended(audio.owner, tokens, TEXT, new Int32Array(frames).fill(GENERATED)),
    unit: extended(
      audio.unit,
      tokens,
      0,
      Int32Array.from({ length: frames }, (_, frame) => before + frame),
    ),
  };
}

/**
 * The audio of the tokens at `kept` (ascending).
 * @param turns turn of each token before; a clip of which nothing is left stays, unheard, iff `stays` and its turn does.
 */
export function sliceAudio(audio: ChatAudio, kept: Int32Array, turns: Int32Array, stays: boolean): ChatAudio {
  const masks = audio.clips.map(({ kept: mask }) => new Uint8Array(mask.length));
  const owner = new Int32Array(kept.length).fill(TEXT);
  const unit = new Int32Array(kept.length);
  kept.forEach((token, i) => {
    const whose = audio.owner[token] ?? TEXT;
    owner[i] = whose;
    unit[i] = audio.unit[token] ?? 0;
    const mask = masks[whose];
    if (mask !== undefined) mask[int32At(unit, i)] = 1;
  });
  const newTurns = renumbered(kept, turns);
  const clips: PlacedClip[] = [];
  const newIndex = audio.clips.map((placed, i) => {
    const mask = masks[i] as Uint8Array;
    const turn = newTurns.get(placed.turn);
    if (turn === undefined || (!stays && !mask.includes(1))) return TEXT;
    clips.push({ clip: placed.clip, kept: mask, at: lowerBound(kept, placed.at), turn, number: placed.number });
    return clips.length - 1;
  });
  return { ...audio, clips, owner: owner.map((whose) => (whose >= 0 ? itemAt(newIndex, whose) : whose)), unit };
}

/** Index of the clip that an audio-in token belongs to, null for any other token. */
export function clipOfToken(audio: ChatAudio, token: number): number | null {
  const whose = audio.owner[token] ?? TEXT;
  return whose >= 0 ? whose : null;
}

export const isGenerated = (audio: ChatAudio, token: number): boolean => audio.owner[token] === GENERATED;

/** `[codebooks]` codes of a generated token. */
export function codesOfToken(audio: ChatAudio, token: number): Int32Array {
  const frame = audio.unit[token] ?? 0;
  return audio.codes.subarray(frame * audio.codebooks, (frame + 1) * audio.codebooks);
}

function renumbered(kept: Int32Array, turns: Int32Array): ReadonlyMap<number, number> {
  const numbers = new Map<number, number>();
  for (const token of kept) {
    const turn = int32At(turns, token);
    if (turn > 0 && !numbers.has(turn)) numbers.set(turn, numbers.size + 1);
  }
  return numbers;
}

/** How many of the kept positions lie before `position`. */
function lowerBound(kept: Int32Array, position: number): number {
  let [low, high] = [0, kept.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (int32At(kept, middle) < position) low = middle + 1;
    else high = middle;
  }
  return low;
}

function extended(values: Int32Array, length: number, fill: number, more: Int32Array): Int32Array {
  const out = new Int32Array(length + more.length).fill(fill, 0, length);
  out.set(values);
  out.set(more, length);
  return out;
}
