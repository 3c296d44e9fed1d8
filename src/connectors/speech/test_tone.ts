/** One second: two tones and a chirp, which checks feed to front ends. @param rate Hz. */
export function testTone(rate = 16_000): Float32Array {
  return Float32Array.from({ length: rate }, (_, n) => {
    const tones = 0.5 * Math.sin((2 * Math.PI * 440 * n) / rate) + 0.25 * Math.sin((2 * Math.PI * 1_234.5 * n) / rate + 1);
    return tones + 0.01 * Math.cos((0.37 * n * n) / 1_000);
  });
}
