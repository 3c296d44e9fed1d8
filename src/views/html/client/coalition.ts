import { bufferOf, clipElement, play, type Stretch, samplesOf, stop } from "./sound.js";

/** Plays a clip as the model hears it when only some players are kept. */
export function playCoalitions(): void {
  for (const panel of document.querySelectorAll<HTMLElement>(".coalition")) {
    panel.hidden = false;
    const toggles = [...panel.querySelectorAll<HTMLButtonElement>(".keep")];
    const keep = (which: (toggle: HTMLButtonElement) => boolean): void => {
      for (const toggle of toggles) toggle.setAttribute("aria-pressed", String(which(toggle)));
      void hear(panel, toggles);
    };
    panel.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("button") : null;
      if (button === null) return;
      const { act } = button.dataset;
      if (button.classList.contains("keep")) {
        button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      } else if (act === "hear") void hear(panel, toggles);
      else if (act === "stop") stop();
      else if (act === "all") keep(() => true);
      else if (act === "raises") keep(({ dataset }) => Number(dataset.value) > 0);
      else if (act === "lowers") keep(({ dataset }) => Number(dataset.value) <= 0);
    });
  }
}

async function hear(panel: HTMLElement, toggles: readonly HTMLButtonElement[]): Promise<void> {
  const audio = clipElement(panel, panel.dataset.of ?? "");
  if (audio === null) return;
  const whole = await samplesOf(audio);
  const lost = toggles.filter((toggle) => toggle.getAttribute("aria-pressed") === "false").flatMap(stretchesOf);
  const samples = masked(whole.getChannelData(0), lost, whole.sampleRate, panel.dataset.masking === "cut");
  await play(
    bufferOf(samples, whole),
    toggles.filter((toggle) => toggle.getAttribute("aria-pressed") === "true"),
  );
}

/** "0.2-0.5 1.1-1.4" */
function stretchesOf({ dataset }: HTMLElement): readonly Stretch[] {
  return (dataset.stretches ?? "").split(" ").map((text) => {
    const [start = 0, end = 0] = text.split("_").map(Number);
    return { start, end };
  });
}

/** What is lost is cut out, or made silent. */
function masked(samples: Float32Array, lost: readonly Stretch[], rate: number, cut: boolean): Float32Array<ArrayBuffer> {
  const kept = new Uint8Array(samples.length).fill(1);
  for (const { start, end } of lost) kept.fill(0, Math.round(start * rate), Math.round(end * rate));
  return cut ? samples.filter((_, i) => kept[i] === 1) : samples.map((x, i) => (kept[i] === 1 ? x : 0));
}
