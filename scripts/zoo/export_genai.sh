#!/usr/bin/env bash
# onnxruntime-genai's builder. export_genai.sh PYTHON MODELS FOLDER FAMILY… writes FOLDER/FAMILY-{fp32,fp16,int4}
set -u
export OMP_NUM_THREADS=1
python=$1 models=$2 folder=$3; shift 3
mkdir -p "$folder"
for family in "$@"; do
  for precision in fp32 fp16 int4; do
    # fp16 activations on the processor are refused: the graph is the one made for a GPU, which the processor runs as well.
    provider=cpu; [ "$precision" = fp16 ] && provider=cuda
    rm -rf "$folder/$family-$precision"
    if "$python" -m onnxruntime_genai.models.builder -i "$models/$family" -o "$folder/$family-$precision" -p "$precision" -e "$provider" -c "$folder/cache" > "$folder/$family-$precision.log" 2>&1
    then echo "$family $precision exported"
    else echo "$family $precision FAILED $(grep -E 'Error|Exception' "$folder/$family-$precision.log" | tail -1)"
    fi
  done
done
