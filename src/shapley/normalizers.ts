import { registryOf } from "../util/registry.js";
import { absSum } from "./normalizers/abs_sum.js";
import { identity } from "./normalizers/identity.js";
import { minMax } from "./normalizers/min_max.js";
import { powerShift } from "./normalizers/power_shift.js";

/** Every rescaling of the values for `ChatEntry`'s `shap_values`. */
export const NORMALIZERS = registryOf(identity, absSum, powerShift, minMax);
export type NormalizerName = keyof typeof NORMALIZERS;
