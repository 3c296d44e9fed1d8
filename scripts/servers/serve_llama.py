"""llama.cpp's own server (of the PyPI package xllamacpp) on a GGUF file, on this machine's loopback: prints its address and serves until standard input ends.

    python serve_llama.py MODEL.gguf [MMPROJ.gguf] [--embeddings]
"""

import sys

import xllamacpp

positional = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
params = xllamacpp.CommonParams()
params.model.path = positional[0]
if len(positional) > 1:
    params.mmproj.path = positional[1]
    params.mmproj_use_gpu = False
params.model_alias = {"smollm2"}
params.hostnames = ["127.0.0.1"]
params.port = 0
params.n_ctx = 4096
params.n_parallel = 4
params.cpuparams.n_threads = 2
params.cpuparams_batch.n_threads = 2
params.warmup = False
params.verbosity = 0
if "--embeddings" in sys.argv:
    params.embedding = True
    params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
