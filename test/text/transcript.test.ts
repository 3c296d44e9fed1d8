import { describe, expect, it } from "vitest";
import { transcriptOf } from "../../src/text/transcript.js";

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
