"""A graph asked as plainly as can be: one row, the whole prompt, from an empty past."""
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from transformers import AutoConfig, GenerationConfig

from truth import Torch

DTYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(int64)": np.int64, "tensor(int32)": np.int32, "tensor(bool)": np.bool_}


class Runtime(Torch):
    """As `Torch`, answered by onnxruntime."""

    def __init__(self, graph: Path, source: Path, size: int):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        self.config = AutoConfig.from_pretrained(source)
        self.size = size
        ends = GenerationConfig.from_pretrained(source).eos_token_id
        self.ends = set(ends if isinstance(ends, list) else [ends])

    def logits(self, ids: list[int]) -> torch.Tensor:
        feeds = {value.name: self.fed(value, ids) for value in self.session.get_inputs()}
        return torch.from_numpy(self.session.run(["logits"], feeds)[0][0].astype(np.float64))

    def fed(self, value, ids: list[int]) -> np.ndarray:
        dtype = DTYPES[value.type]
        if value.name == "input_ids":
            return np.array([ids], dtype)
        if value.name == "attention_mask":
            return np.ones((1, len(ids)), dtype)
        if value.name == "position_ids":
            return np.arange(len(ids), dtype=dtype)[None]
        if value.name == "use_cache_branch":
            return np.array([False], dtype)
        return np.zeros([1, *(self.size_of(dim) for dim in value.shape[1:])], dtype)

    def size_of(self, dim: int | str) -> int:
        """Of a cache's dims after the batch: numbers as they stand, the past empty, what is left open from the configuration."""
        if isinstance(dim, int) or dim.isdigit():
            return int(dim)
        named = {"kv_cache_dim": getattr(self.config, "head_dim", None) or self.config.hidden_size // self.config.num_attention_heads}
        return named.get(dim, 0)
