import { reply, task } from "../shared/child.js";
import { type AudioTask, measureAudio } from "./audio.js";

reply(await measureAudio(task() as AudioTask));
