/** A clip's samples, decoded once. */
const decoded = new WeakMap<HTMLAudioElement, Promise<AudioBuffer>>();
let context: AudioContext | null = null;
let playing: { readonly source: AudioBufferSourceNode; readonly shown: readonly Element[] } | null = null;

/** A stretch of a clip, in seconds. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** The sound element of a clip within its result. */
export function clipElement(near: Element, clip: string): HTMLAudioElement | null {
  return near.closest("[data-result]")?.querySelector<HTMLAudioElement>(`audio[data-sound="${clip}"]`) ?? null;
}

export function samplesOf(audio: HTMLAudioElement): Promise<AudioBuffer> {
  const known = decoded.get(audio);
  if (known !== undefined) return known;
  context ??= new AudioContext();
  const bytes = Uint8Array.from(atob(audio.src.slice(audio.src.indexOf(",") + 1)), (character) => character.charCodeAt(0));
  const buffer = context.decodeAudioData(bytes.buffer);
  decoded.set(audio, buffer);
  return buffer;
}

/** A buffer like `like` with other samples. */
export function bufferOf(samples: Float32Array<ArrayBuffer>, like: AudioBuffer): AudioBuffer {
  context ??= new AudioContext();
  const buffer = context.createBuffer(1, Math.max(1, samples.length), like.sampleRate);
  buffer.copyToChannel(samples, 0);
  return buffer;
}

/** Plays a buffer, or a stretch of it; whatever sounds is stopped. `shown` are marked meanwhile. */
export async function play(buffer: AudioBuffer, shown: readonly Element[], stretch?: Stretch): Promise<void> {
  stop();
  context ??= new AudioContext();
  await context.resume();
  const source = context.createBufferSource();
  source.buffer = buffer;
  source.connect(context.destination);
  const now = { source, shown };
  playing = now;
  for (const element of shown) element.classList.add("playing");
  source.onended = () => {
    if (playing === now) stop();
  };
  if (stretch === undefined) source.start();
  else source.start(0, stretch.start, stretch.end - stretch.start);
}

export function stop(): void {
  const before = playing;
  playing = null;
  if (before === null) return;
  before.source.onended = null;
  before.source.stop();
  for (const element of before.shown) element.classList.remove("playing");
}

/** Segments of clips are played by a click, Enter or the space bar. */
export function playOnClick(): void {
  const act = async (target: Element): Promise<void> => {
    const { clip = "", start = "0", end = "0" } = (target as HTMLElement | SVGElement).dataset;
    const audio = clipElement(target, clip);
    if (audio === null) return;
    const same = target.closest("[data-result]")?.querySelectorAll(`.play[data-clip="${clip}"][data-start="${start}"]`) ?? [];
    await play(await samplesOf(audio), [...same], { start: Number(start), end: Number(end) });
  };
  const playable = (event: Event): Element | null => (event.target instanceof Element ? event.target.closest(".play[data-clip]") : null);
  document.addEventListener("click", (event) => {
    const target = playable(event);
    if (target !== null) void act(target);
  });
  document.addEventListener("keydown", (event) => {
    const target = playable(event);
    // Buttons of HTML make a click of these keys themselves.
    if (target === null || target instanceof HTMLButtonElement || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    void act(target);
  });
}
