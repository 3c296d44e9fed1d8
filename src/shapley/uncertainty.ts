import type { Estimate } from "../game/types.js";
import { studentT } from "../math/student_t.js";
import { float64At } from "../util/elements.js";

type Errors = Pick<Estimate, "stdErrors" | "intervals" | "uncertainty">;

/** Full enumeration: nothing was left to chance. */
export function noSamplingError(values: Float64Array, confidence: number): Errors {
  return {
    stdErrors: new Float64Array(values.length),
    intervals: Array.from(values, (value) => [value, value] as const),
    uncertainty: { method: "full enumeration", confidence, reason: null },
  };
}

/** The design gives no error; `reason` says why, for the reader of a result. */
export function noErrorKnown(reason: string, confidence: number): Errors {
  return { stdErrors: null, intervals: null, uncertainty: { method: "none", confidence, reason } };
}

/** Intervals φ ± t·s. @param degrees degrees of freedom; Infinity gives the normal quantile. */
export function tErrors(values: Float64Array, stdErrors: Float64Array, degrees: number, method: string, confidence: number): Errors {
  // Beyond 1e7 degrees t and normal quantiles agree to seven digits.
  const t = studentT(confidence, Math.min(degrees, 1e7));
  return {
    stdErrors,
    intervals: Array.from(values, (value, i) => {
      const half = t * float64At(stdErrors, i);
      return [value - half, value + half] as const;
    }),
    uncertainty: { method, confidence, reason: null },
  };
}
