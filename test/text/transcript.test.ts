import { describe, expect, it } from "vitest";
import { spokenWords, transcriptOf } from "../../src/text/transcript.js";

describe("transcriptOf", () => {
  it.each([
    ["plain text", "turn on\nthe light", "turn on\nthe light"],
    [
      "SubRip",
      "1\r\n00:00:00,000 --> 00:00:01,000\r\n<i>turn on</i>\r\n\r\n2\r\n00:00:01,000 --> 00:00:02,000\r\nthe light\r\n",
      "turn on\nthe light",
    ],
    ["WebVTT", "WEBVTT\n\nNOTE not said\n\n00:00.000 --> 00:01.000 align:start\n<v Ann>salt &amp; pepper\n", "salt & pepper"],
    [
      "TextGrid",
      'File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0\ntiers? <exists>\nitem []:\n item [1]:\n class = "IntervalTier"\n name = "words"\n' +
        ' intervals [1]:\n xmin = 0\n xmax = 1\n text = "turn"\n intervals [2]:\n text = ""\n intervals [3]:\n text = "the ""light"""\n' +
        ' item [2]:\n class = "IntervalTier"\n name = "phones"\n intervals [1]:\n text = "t"\n',
      'turn the "light"',
    ],
    [
      "TextGrid, short",
      'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n1\n<exists>\n1\n"IntervalTier"\n"words"\n0\n1\n2\n0\n0.5\n"turn"\n0.5\n1\n"on"\n',
      "turn on",
    ],
  ])("takes what is said out of %s", (_name, text, said) => {
    expect(transcriptOf(text)).toBe(said);
  });
});

describe("spokenWords", () => {
  const spoken = (text: string) => {
    const found = spokenWords(text);
    return found?.words.map((word, i) => `${found.speakers[i]}: ${word}`);
  };

  it("takes speakers out of the voice tags of WebVTT, also of several in a cue", () => {
    const text =
      "WEBVTT\n\n1\n00:00.000 --> 00:01.000\n<v.loud Anna &amp; Co>turn <i>on</i></v> now\n\n00:01.000 --> 00:02.000\n<v Ben>the light\nplease\n\n00:02.000 --> 00:03.000\nthanks";
    expect(spoken(text)).toEqual([
      ...["Anna & Co: turn", "Anna & Co: on", "null: now"],
      ...["Ben: the", "Ben: light", "Ben: please", "null: thanks"],
    ]);
  });

  it("takes them out of SubRip, where the first line names one; whoever spoke goes on", () => {
    const cue = (i: number, line: string) => `${i}\n00:00:0${i},000 --> 00:00:0${i},900\n${line}\n`;
    const text = [cue(1, "Anna: turn on"), cue(2, "the light"), cue(3, "- Ben B.: now: at 12:30")].join("\n");
    expect(spoken(text)).toEqual([
      ...["Anna: turn", "Anna: on", "Anna: the", "Anna: light"],
      ...["Ben B.: now:", "Ben B.: at", "Ben B.: 12:30"],
    ]);
    expect(transcriptOf(text)).toBe("turn on\nthe light\nnow: at 12:30");
    const unnamed = [cue(1, "turn on"), cue(2, "Note: the light")].join("\n");
    expect(spokenWords(unnamed)).toBeNull();
    expect(transcriptOf(unnamed)).toBe("turn on\nNote: the light");
  });

  it("takes tiers of a TextGrid for speakers where they take turns, in order of time", () => {
    const tier = (name: string, intervals: readonly (readonly [number, number, string])[]) =>
      `"IntervalTier"\n"${name}"\n0\n9\n${intervals.length}\n${intervals.map(([a, b, text]) => `${a}\n${b}\n"${text}"`).join("\n")}\n`;
    const grid = (...tiers: readonly string[]) =>
      `File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n9\n<exists>\n${tiers.length}\n${tiers.join("")}`;
    const anna = tier("Anna", [
      [0, 1, "turn on"],
      [1, 2.5, ""],
      [2.5, 3, "please"],
    ]);
    const ben = tier("Ben", [[0.9, 2, "the light"]]);
    expect(spoken(grid(anna, ben))).toEqual(["Anna: turn", "Anna: on", "Ben: the", "Ben: light", "Anna: please"]);
    const phones = tier("phones", [
      [0, 0.5, "t"],
      [0.5, 1, "n"],
    ]);
    expect(spokenWords(grid(anna, phones))).toBeNull();
    expect(transcriptOf(grid(anna, phones))).toBe("turn on please");
  });

  it("names nobody in plain text", () => {
    expect(spokenWords("Anna: turn on")).toBeNull();
  });
});
