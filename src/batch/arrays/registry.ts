import { registryOf, rowsOf } from "../../util/registry.js";
import type { ArrayDefinition } from "./array.js";
import { awsBatch } from "./aws_batch.js";
import { cloudRun } from "./cloud_run.js";
import { googleBatch } from "./google_batch.js";
import { kubernetes } from "./kubernetes.js";
import { lsf } from "./lsf.js";
import { pbs } from "./pbs.js";
import { sge } from "./sge.js";
import { slurm } from "./slurm.js";

/** Every scheduler whose arrays are known, in the order in which they are asked. */
export const ARRAYS = registryOf(slurm, kubernetes, awsBatch, googleBatch, cloudRun, pbs, sge, lsf);

export const arrays: readonly ArrayDefinition[] = rowsOf<ArrayDefinition>(ARRAYS);
