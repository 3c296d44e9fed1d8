import { writeWav } from "../../../audio/files/wav_write.js";
import { audioMasks } from "../../../audio/masks/registry.js";
import { drawClip, rowsOf } from "../../figures/clip_chart.js";
import { hint } from "../../figures/scene.js";
import type { Clip } from "../../sound/clips.js";
import { drawn, type Html, h, join } from "../markup.js";
import { chartStyle, type Section, type Shown } from "../section.js";
import { chipClass } from "./conversation.js";

export const sound: Section = {
  name: "sound",
  title: "Sound",
  draw: (shown) => (shown.clips.length === 0 ? null : join(shown.clips.map((clip) => clipView(clip, shown)))),
};

const WIDTH = 920;
/** Players that can be switched one by one. */
const MOST_TOGGLES = 80;

function clipView(clip: Clip, shown: Shown): Html {
  const rows = rowsOf(clip.seconds).map(([fromS, toS]) =>
    drawn(drawClip(shown, clip, chartStyle(WIDTH), { fromS, toS, playable: clip.wave !== null })),
  );
  const title = shown.clips.length === 1 ? "" : h("h3", {}, `clip ${clip.index + 1}, turn ${clip.turn}`);
  return h(
    "figure",
    { class: "clip" },
    title,
    h("div", { class: "wide", tabindex: "0", role: "group", "aria-label": "the clip on its axis of time" }, join(rows)),
    listen(clip, shown),
  );
}

function listen(clip: Clip, shown: Shown): Html {
  if (clip.wave === null)
    return h(
      "figcaption",
      {},
      "The result holds no sound, only where its stretches lie: explain with --audio-content base64, or straight to a page, to hear them here.",
    );
  const wave = Buffer.from(writeWav(clip.wave.samples, clip.wave.sampleRate)).toString("base64");
  return join([
    h(
      "figcaption",
      {},
      "Words and stretches are played by a click. Above: the waveform on the stretches' values; below: a mel spectrogram, 0 to 8 kHz, 60 dB.",
    ),
    h("audio", {
      controls: "",
      preload: "metadata",
      "data-sound": String(clip.index),
      src: `data:audio/wav;base64,${wave}`,
      "aria-label": `clip ${clip.index + 1}`,
    }),
    coalition(clip, shown),
  ]);
}

/** How the clip sounds when only some players are kept. Shown by the page's script, without which it does nothing. */
function coalition(clip: Clip, shown: Shown): Html {
  const { cut, says } = maskingOf(shown);
  const players = [...new Set(clip.units.map(({ player }) => player))];
  if (players.length === 0) return join([]);
  const toggles = players.map((player) => {
    const units = clip.units.filter((unit) => unit.player === player);
    return h(
      "button",
      {
        type: "button",
        class: `keep ${chipClass(player, shown)}`,
        "aria-pressed": "true",
        "aria-label": `keep ${hint(shown, player)}`,
        "data-value": String(player.value),
        "data-player": String(player.index),
        "data-stretches": units.map(({ startS, endS }) => `${startS}_${endS}`).join(" "),
      },
      shown.labels.get(player)?.text ?? "",
    );
  });
  const plain = (act: string, text: string, more = "") =>
    h("button", { type: "button", class: `plain ${more}`.trim(), "data-act": act }, text);
  return h(
    "div",
    { class: "coalition", hidden: "", "data-of": String(clip.index), "data-masking": cut ? "cut" : "silence" },
    h("h3", {}, "As a coalition hears it"),
    h("div", toggles.length > MOST_TOGGLES ? { class: "row", hidden: "" } : { class: "row" }, join(toggles)),
    h(
      "div",
      { class: "row" },
      plain("hear", "Play what is kept", "main"),
      plain("raises", "Only what raises"),
      plain("lowers", "Without what raises"),
      plain("all", "Everything"),
      plain("stop", "Stop"),
    ),
    h("p", { class: "note" }, `Switch players off to leave them out. ${says}`),
  );
}

/** How left-out audio is played, and what the model got in its place: the registry's word, so that a mask that is added is told as it is. */
export function maskingOf({ result }: Pick<Shown, "result">): { readonly cut: boolean; readonly says: string } {
  const { explain } = result.spec.resolved;
  const name = typeof explain === "object" && explain !== null && "audio_masking" in explain ? String(explain.audio_masking) : "";
  const mask = audioMasks.find((one) => one.name === name);
  if (mask === undefined)
    return {
      cut: false,
      says: "What the model is given for audio that is left out is its card's to say (model); it is played as silence.",
    };
  const cut = mask.on === "sound" && !mask.keepsTurn;
  const played = cut ? "" : " It is played as silence.";
  return { cut, says: `Audio that a coalition leaves out (${name}): ${mask.summary}.${played}` };
}
