"""Weights on disk: torch checkpoints while training, compressed half-precision archives for what ships.

The shipped weights are rounded to float16 once, here, and computed with in float32. So the float16 storage inside the ONNX files
loses nothing: torch and onnxruntime start from the same numbers.
"""
from pathlib import Path
import numpy as np
import torch
from model import CFG, Nano
from paths import TOKENIZER
from tokenizer import Tokenizer


def load_state(path):
    """`.pt` (a torch state dict) or `.npz` (float16 arrays) -> state dict of float32 tensors"""
    if Path(path).suffix == ".npz":
        with np.load(path) as z:
            return {k: torch.from_numpy(z[k].astype(np.float32)) for k in z.files}
    return torch.load(path, map_location="cpu")


def save_half(state, path):
    """state dict -> `.npz` of float16 arrays"""
    np.savez_compressed(path, **{k: v.detach().cpu().numpy().astype(np.float16) for k, v in state.items()})


def tokenizer():
    return Tokenizer(str(TOKENIZER / "tokenizer.json"))


def load_nano(path):
    """checkpoint -> Nano in evaluation mode"""
    model = Nano(dict(CFG, vocab_size=len(tokenizer().vocab)))
    model.load_state_dict(load_state(path))
    return model.eval()
