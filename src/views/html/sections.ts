import type { Section } from "./section.js";
import { conversation } from "./sections/conversation.js";
import { faithfulness } from "./sections/faithfulness.js";
import { interactions } from "./sections/interactions.js";
import { outputs } from "./sections/outputs.js";
import { provenance } from "./sections/provenance.js";
import { sound } from "./sections/sound.js";
import { values, waterfall } from "./sections/values.js";

/** The cards of a result, in the order of the page. */
export const SECTIONS: readonly Section[] = [conversation, sound, outputs, values, waterfall, interactions, faithfulness, provenance];
