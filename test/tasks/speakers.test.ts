import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Recording } from "../../src/results/recording.js";
import { redact } from "../../src/results/redact.js";
import { requestOf } from "../../src/spec/load.js";
import { explain } from "../../src/tasks/explain.js";
import { rescore } from "../../src/tasks/rescore.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const cue = (from: number, line: string) => `00:0${from}.000 --> 00:0${from + 1}.000\n${line}\n\n`;

const requestFor = (transcript: string) =>
  requestOf(
    {
      model: { connector: "liquid-audio", repo: "embedded:nano", device: "cpu" },
      messages: [{ role: "user", content: [{ type: "audio", path: "configs/audio/kitchen-light.wav", transcript }] }],
      explain: { players: "word", sampler: "permutation", budget: 40 },
      run: { threads: 1 },
    },
    root,
  );

describe("a transcript that names its speakers", () => {
  it("is aligned as if it named none, and every player has its speaker, also when played again and told without texts", async () => {
    const plain = await explain(await requestFor("could you please turn on the kitchen light"));
    let recording: Recording | null = null;
    const named = await explain(
      await requestFor(`WEBVTT\n\n${cue(0, "<v Anna>could you please turn on")}${cue(1, "<v Ben>the kitchen light")}`),
      {
        onRecording: (one) => {
          recording = one;
        },
      },
    );
    expect(plain.players.map(({ speaker }) => speaker)).toEqual(plain.players.map(() => undefined));
    expect(named.players.map(({ speaker: _, ...player }) => player)).toEqual(plain.players);
    const speakers = ["Anna", "Anna", "Anna", "Anna", "Anna", "Ben", "Ben", "Ben"];
    expect(named.players.map(({ speaker }) => speaker)).toEqual(speakers);
    expect((await rescore(JSON.parse(JSON.stringify(recording)))).players).toEqual(named.players);
    expect(JSON.stringify(redact(named))).not.toContain("Anna");
  });
});
