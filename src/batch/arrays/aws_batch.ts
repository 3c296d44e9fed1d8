import { countedArray, defineArray } from "./array.js";

export const awsBatch = defineArray({
  name: "aws-batch",
  title: "AWS Batch array job",
  read: countedArray("AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE"),
});
