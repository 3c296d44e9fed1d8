import { writeWav } from "../../src/audio/files/wav_write.js";
import type { Result } from "../../src/results/result_schema.js";
import { SAMPLES, sampleResult } from "./samples.js";

const RATE = 16_000;

/** The audio sample with a tone of its own in each quarter of a second, which says "the", "light" and "on". */
export function soundResult(): Result {
  const result = sampleResult(SAMPLES.audio);
  const said = ["the", "light", "on"];
  const tone = (hertz: number) => {
    const samples = Float32Array.from({ length: RATE / 4 }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / RATE));
    return Buffer.from(writeWav(samples, RATE)).toString("base64");
  };
  const conversation = result.conversation.map((turn) =>
    turn.map((entry) => {
      if (entry.content_type !== 1) return entry;
      const segments = (entry.segments ?? []).map((segment, i) => ({ ...segment, text: said[i] ?? "" }));
      return { ...entry, segments, content: segments.map((_, i) => tone(400 * (i + 1))) };
    }),
  );
  const named = result.players.map((player) =>
    player.start_s === null ? player : { ...player, text: said[Math.round(player.start_s * 4)] ?? "" },
  );
  const order = [...named.filter(({ start_s }) => start_s !== null), ...named.filter(({ start_s }) => start_s === null)];
  return { ...result, conversation, players: order.map((player, index) => ({ ...player, index })) };
}
