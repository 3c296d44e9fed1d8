import { describe, expect, it } from "vitest";
import { ModalityFlag } from "../../src/chat/enums.js";
import { type AnswerUnit, stepsOf, wordsOfAnswer } from "../../src/players/answer_units.js";

const { TEXT, AUDIO } = ModalityFlag;
const said = (tokens: readonly string[], text: string) => ({
  answer: { text, generatedModalityFlag: tokens.map(() => TEXT) },
  tokens,
  frameSeconds: null,
});
const shown = (units: readonly AnswerUnit[]) => units.map(({ kind, text, from, to }) => `${kind} ${JSON.stringify(text)} ${from}–${to}`);

describe("steps of an answer", () => {
  it("are its tokens, one unit each", () => {
    expect(shown(stepsOf(said(["It", " is", "<|end|>"], "It is")))).toEqual(['token "It" 0–1', 'token " is" 1–2', 'token "<|end|>" 2–3']);
  });
});

describe("words of an answer", () => {
  it("are runs of tokens; marks join the word they touch, special tokens stand alone", () => {
    const tokens = ["It", " is", " Pa", "ris", ".", "<|end|>"];
    expect(shown(wordsOfAnswer(said(tokens, "It is Paris."), 0.25))).toEqual([
      'word "It" 0–1',
      'word " is" 1–2',
      'word " Paris." 2–5',
      'word "<|end|>" 5–6',
    ]);
  });

  it("find their text where decoding takes the first blank off, and where a character takes several tokens", () => {
    expect(shown(wordsOfAnswer(said([" Oui", " 👍", "", " !"], "Oui 👍 !"), 0.25))).toEqual(['word " Oui" 0–1', 'word " 👍 !" 1–4']);
  });

  it("hold every step once, whatever the tokens are", () => {
    for (const tokens of [[""], ["a", "b"], ["<s>", "<s>", "x"], ["\n", "\n", "word"]]) {
      const units = wordsOfAnswer(said(tokens, "something else"), 0.25);
      expect(units.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i))).toEqual(tokens.map((_, i) => i));
    }
  });

  it("are stretches of about the seconds asked for where the answer is spoken", () => {
    const flags = [TEXT, ...Array.from({ length: 7 }, () => AUDIO), TEXT, AUDIO];
    const tokens = ["Hello", ...Array.from({ length: 7 }, () => ""), " there", ""];
    const units = wordsOfAnswer({ answer: { text: "Hello there", generatedModalityFlag: flags }, tokens, frameSeconds: 0.08 }, 0.25);
    expect(shown(units)).toEqual([
      'word "Hello" 0–1',
      'stretch "" 1–4',
      'stretch "" 4–7',
      'stretch "" 7–8',
      'word " there" 8–9',
      'stretch "" 9–10',
    ]);
    expect(units[2]?.time?.startS).toBeCloseTo(0.24, 12);
    expect(units[2]?.time?.endS).toBeCloseTo(0.48, 12);
    expect(units[0]?.time).toBeNull();
    expect(units[5]?.time?.endS).toBeCloseTo(0.64, 12);
  });
});
