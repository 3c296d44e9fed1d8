import { countedArray, defineArray } from "./array.js";

export const cloudRun = defineArray({
  name: "cloud-run",
  title: "Cloud Run job",
  read: countedArray("CLOUD_RUN_TASK_INDEX", "CLOUD_RUN_TASK_COUNT"),
});
