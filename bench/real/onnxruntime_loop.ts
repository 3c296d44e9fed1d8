import { reply } from "../shared/child.js";
import { overCoalitions } from "./coalitions.js";
import { loopTask, type TextTask } from "./loop.js";
import { openPlain } from "./session.js";

/* A model that reads. */

const { path, prompts, ...asked } = loopTask<TextTask>();
const promptOf = (coalition: number) => ({ ids: prompts[coalition] ?? [] });
reply(await overCoalitions(await openPlain(path), { coalitions: prompts.length, promptOf }, asked));
