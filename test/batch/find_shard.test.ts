import { describe, expect, test } from "vitest";
import { arrays } from "../../src/batch/arrays/registry.js";
import { findShard } from "../../src/batch/find_shard.js";
import { belongsTo, parseShard } from "../../src/batch/shard.js";

/** What each scheduler sets for the second task of an array of four, and for the same where only some are run again. */
const DIALECTS = [
  [
    "slurm",
    {
      SLURM_ARRAY_TASK_ID: "1",
      SLURM_ARRAY_TASK_MIN: "0",
      SLURM_ARRAY_TASK_MAX: "3",
      SLURM_ARRAY_TASK_STEP: "1",
      SLURM_ARRAY_TASK_COUNT: "4",
    },
    null,
  ],
  ["slurm", { SLURM_ARRAY_TASK_ID: "12", SLURM_ARRAY_TASK_MIN: "10", SLURM_ARRAY_TASK_STEP: "2", SLURM_ARRAY_TASK_COUNT: "4" }, null],
  ["slurm", { SLURM_ARRAY_TASK_ID: "1", SLURM_ARRAY_TASK_MIN: "1", SLURM_ARRAY_TASK_STEP: "1", SLURM_ARRAY_TASK_COUNT: "2" }, 4],
  ["kubernetes", { JOB_COMPLETION_INDEX: "1" }, 4],
  ["aws-batch", { AWS_BATCH_JOB_ARRAY_INDEX: "1", AWS_BATCH_JOB_ARRAY_SIZE: "4" }, null],
  ["google-batch", { BATCH_TASK_INDEX: "1", BATCH_TASK_COUNT: "4" }, null],
  ["cloud-run", { CLOUD_RUN_TASK_INDEX: "1", CLOUD_RUN_TASK_COUNT: "4" }, null],
  ["pbs", { PBS_ARRAY_INDEX: "1" }, 4],
  ["sge", { SGE_TASK_ID: "2", SGE_TASK_FIRST: "1", SGE_TASK_LAST: "4", SGE_TASK_STEPSIZE: "1" }, null],
  ["sge", { SGE_TASK_ID: "4", SGE_TASK_FIRST: "2", SGE_TASK_LAST: "8", SGE_TASK_STEPSIZE: "2" }, null],
  ["sge", { SGE_TASK_ID: "2", SGE_TASK_FIRST: "2", SGE_TASK_LAST: "2", SGE_TASK_STEPSIZE: "1" }, 4],
  ["lsf", { LSB_JOBINDEX: "2", LSB_JOBINDEX_END: "4", LSB_JOBINDEX_STEP: "1" }, null],
] as const;

test.each(DIALECTS)("%s: %j with --shards %j is shard 1 of 4", (name, env, shards) => {
  const { shard, from } = findShard(undefined, shards, env);
  expect(shard).toEqual({ index: 1, count: 4 });
  expect(from).toContain(arrays.find((one) => one.name === name)?.title);
  expect(from).toContain(`${Object.keys(env)[0]}=${Object.values(env)[0]}`);
});

test("every scheduler is tried above", () => {
  expect([...new Set(DIALECTS.map(([name]) => name))].sort()).toEqual(arrays.map(({ name }) => name).sort());
});

describe("findShard", () => {
  test("is the whole where nobody says anything, also in a job that is no array", () => {
    for (const env of [{}, { SGE_TASK_ID: "undefined" }, { LSB_JOBINDEX: "0" }, { SLURM_JOB_ID: "7" }]) {
      expect(findShard(undefined, null, env)).toEqual({ shard: { index: 0, count: 1 }, from: null });
    }
  });

  test("takes a flag over the environment", () => {
    expect(findShard("2/3", null, DIALECTS[0][1]).shard).toEqual({ index: 2, count: 3 });
  });

  test.each([
    ["auto", null, {}, /no array job's variables are set/],
    [undefined, 4, {}, /no array job's variables are set/],
    [undefined, null, { JOB_COMPLETION_INDEX: "1" }, /Kubernetes.*how many shards there are; say it with --shards/],
    [undefined, 4, { JOB_COMPLETION_INDEX: "4" }, /no shard from 0 to 3/],
    // sbatch --array=3,7: Slurm's step is 1, and 7 is no second of two.
    [
      undefined,
      null,
      { SLURM_ARRAY_TASK_ID: "7", SLURM_ARRAY_TASK_MIN: "3", SLURM_ARRAY_TASK_STEP: "1", SLURM_ARRAY_TASK_COUNT: "2" },
      /say --shards N of the whole/,
    ],
    [
      undefined,
      null,
      { SLURM_ARRAY_TASK_ID: "6", SLURM_ARRAY_TASK_MIN: "3", SLURM_ARRAY_TASK_STEP: "2", SLURM_ARRAY_TASK_COUNT: "4" },
      /no shard/,
    ],
    ["1", null, {}, /--shard 1: must be INDEX\/COUNT/],
    ["4/4", null, {}, /counted from 0 to 3/],
    ["0/0", null, {}, /there must be 1 to/],
  ] as const)("refuses %j with --shards %j in %j", (asked, shards, env, words) => {
    expect(() => findShard(asked, shards, env)).toThrow(words);
  });
});

test("shards part a manifest: every position is one shard's", () => {
  for (const count of [1, 2, 3, 7]) {
    for (let position = 0; position < 20; position++) {
      const owners = Array.from({ length: count }, (_, index) => belongsTo(parseShard(`${index}/${count}`), position)).filter(Boolean);
      expect(owners).toHaveLength(1);
    }
  }
});
