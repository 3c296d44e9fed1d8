import { environment } from "./environment.js";
import { exitCodes } from "./exit_codes.js";
import { formats } from "./formats.js";
import { payoffCommand } from "./payoff_command.js";
import type { Topic } from "./topic.js";

/** Every topic of `help`. */
export const TOPICS: readonly Topic[] = [environment, exitCodes, formats, payoffCommand];
