import { float64At } from "../util/elements.js";

/** Linear between order statistics. @param sorted ascending, at least one. @param share in [0, 1]. */
export function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = float64At(sorted, Math.floor(place));
  const above = float64At(sorted, Math.ceil(place));
  return below + (above - below) * (place - Math.floor(place));
}
