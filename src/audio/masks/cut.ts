/** Stretch of a waveform; `end` is the first sample after it. */
import { float32At, itemAt } from "../../util/elements.js";
export interface Region {
  readonly start: number;
  readonly end: number;
}

/** A waveform of which some regions are kept. */
export interface MaskedWave {
  /** `[samples]`; not to be modified. */
  readonly wave: Float32Array;
  /** In order, not overlapping. */
  readonly regions: readonly Region[];
  /** One byte a region, 1 = kept. */
  readonly kept: Uint8Array;
  /** Samples over which sound fades at a cut; shortened where a stretch has fewer. */
  readonly fade: number;
}

/**
 * The whole clip shared out among segments: pauses are split in their middle, the first region begins with the clip and the last ends with it,
 * so that all of them together are the clip.
 *
 * @param segments in order, not overlapping.
 */
export function regionsOf(
  segments: readonly { readonly startSample: number; readonly endSample: number }[],
  samples: number,
): readonly Region[] {
  const cuts = segments.slice(1).map(({ startSample }, i) => Math.round(((segments[i]?.endSample ?? 0) + startSample) / 2));
  return segments.map((_, i) => ({ start: cuts[i - 1] ?? 0, end: cuts[i] ?? samples }));
}

/**
 * The kept regions one after the other, all kept = the clip. Neighbours stay as they are in the clip; at a cut the sound is cross-faded, so
 * that it does not click.
 */
export function joinKept({ wave, regions, kept, fade }: MaskedWave): Float32Array {
  return joinStretches(wave, mergeKept(regions, kept), fade);
}

/** All samples, those of regions that are not kept silent; kept stretches fade in and out at their cuts. */
export function silenceRest({ wave, regions, kept, fade }: MaskedWave): Float32Array {
  return silenceOutside(wave, mergeKept(regions, kept), fade);
}

/** Kept regions that touch become one. */
function mergeKept(regions: readonly Region[], kept: Uint8Array): readonly Region[] {
  const stretches: Region[] = [];
  regions.forEach((region, i) => {
    if (kept[i] !== 1 || region.end <= region.start) return;
    const before = stretches.at(-1);
    if (before !== undefined && before.end === region.start) stretches[stretches.length - 1] = { start: before.start, end: region.end };
    else stretches.push(region);
  });
  return stretches;
}

function joinStretches(wave: Float32Array, stretches: readonly Region[], fade: number): Float32Array {
  const overlaps = stretches.slice(1).map((next, i) => {
    const before = stretches[i] as Region;
    return Math.min(fade, Math.floor((before.end - before.start) / 2), Math.floor((next.end - next.start) / 2));
  });
  const length = stretches.reduce((sum, { start, end }) => sum + end - start, 0) - overlaps.reduce((a, b) => a + b, 0);
  const out = new Float32Array(length);
  let at = 0;
  stretches.forEach(({ start, end }, i) => {
    const overlap = i === 0 ? 0 : itemAt(overlaps, i - 1);
    at -= overlap;
    for (let n = 0; n < overlap; n++) {
      const rise = (n + 0.5) / overlap;
      out[at + n] = float32At(out, at + n) * (1 - rise) + float32At(wave, start + n) * rise;
    }
    out.set(wave.subarray(start + overlap, end), at + overlap);
    at += end - start;
  });
  return out;
}

function silenceOutside(wave: Float32Array, stretches: readonly Region[], fade: number): Float32Array {
  const out = new Float32Array(wave.length);
  for (const { start, end } of stretches) {
    const ramp = Math.min(fade, Math.floor((end - start) / 2));
    out.set(wave.subarray(start, end), start);
    for (let i = 0; i < ramp; i++) {
      const gain = (i + 0.5) / ramp;
      if (start > 0) out[start + i] = float32At(wave, start + i) * gain;
      if (end < wave.length) out[end - 1 - i] = float32At(wave, end - 1 - i) * gain;
    }
  }
  return out;
}
