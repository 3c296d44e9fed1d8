import { countedArray, defineArray } from "./array.js";

export const googleBatch = defineArray({
  name: "google-batch",
  title: "Google Cloud Batch",
  read: countedArray("BATCH_TASK_INDEX", "BATCH_TASK_COUNT"),
});
