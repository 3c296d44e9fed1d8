#!/bin/bash
# Shards on this machine, or on several over SSH, without a scheduler:
#   ./parallel.sh conversations.jsonl out                      two at a time here
#   JOBS=1 ./parallel.sh conversations.jsonl out -S host1,host2     one on each host; both see this folder
# Run it again to go on: shards that are done are left, those that failed are taken up.
set -u
manifest=$1 out=$2
shift 2
shards=${SHARDS:-16}
mkdir -p "$out"
seq 0 $((shards - 1)) |
  parallel "$@" --workdir . --jobs "${JOBS:-2}" --joblog "$out/joblog" --resume-failed --retries 2 --line-buffer \
    mllm-shap batch "$manifest" -o "$out" --shard "{}/$shards"
