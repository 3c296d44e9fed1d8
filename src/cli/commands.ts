import type { CommandDefinition } from "./command.js";
import { align } from "./commands/align.js";
import { batch } from "./commands/batch.js";
import { cache } from "./commands/cache.js";
import { checkSpecs } from "./commands/check_specs.js";
import { compare } from "./commands/compare.js";
import { completion } from "./commands/completion.js";
import { doctor } from "./commands/doctor.js";
import { evaluate } from "./commands/evaluate.js";
import { explain } from "./commands/explain.js";
import { init } from "./commands/init.js";
import { inspect } from "./commands/inspect.js";
import { merge } from "./commands/merge.js";
import { models } from "./commands/models.js";
import { rescore } from "./commands/rescore.js";
import { schema } from "./commands/schema.js";
import { show } from "./commands/show.js";
import { summarize } from "./commands/summarize.js";
import { worker } from "./commands/worker.js";

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandDefinition[] = [
  explain, //
  batch,
  merge,
  worker,
  inspect,
  checkSpecs,
  rescore,
  evaluate,
  compare,
  summarize,
  show,
  align,
  cache,
  schema,
  models,
  init,
  doctor,
  completion,
];
