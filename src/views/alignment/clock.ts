/** hh:mm:ss and milliseconds. */
export function clock(seconds: number, mark: string): string {
  const ms = Math.round(seconds * 1000);
  const two = (n: number): string => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, Math.floor(ms / 1000) % 60];
  return `${two(h)}:${two(m)}:${two(s)}${mark}${String(ms % 1000).padStart(3, "0")}`;
}
