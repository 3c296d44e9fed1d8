import { registryOf } from "../../util/registry.js";
import { json } from "./json.js";
import { npz } from "./npz.js";

/** Every format of games. */
export const GAME_FORMATS = registryOf(json, npz);
