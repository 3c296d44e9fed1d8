import { registryOf, rowsOf } from "../src/util/registry.js";
import { accuracy } from "./accuracy.js";
import { batch } from "./batch.js";
import type { Bench } from "./bench.js";
import { encoder } from "./encoder.js";
import { estimators } from "./estimators.js";
import { explanations } from "./explanations.js";
import { growth } from "./growth.js";
import { indexing } from "./indexing.js";
import { long } from "./long.js";
import { memory } from "./memory.js";
import { outputs } from "./outputs.js";
import { owen } from "./owen.js";
import { real } from "./real.js";
import { sparse } from "./sparse.js";
import { speed } from "./speed.js";
import { surrogates } from "./surrogates.js";

/** Every bench. */
export const BENCHES = registryOf(
  speed,
  real,
  accuracy,
  growth,
  memory,
  encoder,
  explanations,
  estimators,
  surrogates,
  long,
  sparse,
  outputs,
  owen,
  indexing,
  batch,
);

export const benches = rowsOf<Bench<never>>(BENCHES);
