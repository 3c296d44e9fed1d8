"""Weights on disk: torch checkpoints while training, compressed half-precision archives for what ships.

The shipped weights are rounded to float16 once, here, and computed with in float32. So the float16 storage inside the ONNX files
loses nothing: torch and onnxruntime start from the same numbers.
"""
from pathlib import Path
import numpy as np
import torch
from codec import Detokenizer
from model import CFG, Decoder, Nano
from paths import TOKENIZER
from speech_model import Speech
from tokenizer import Tokenizer


def load_state(path):
    """`.pt` (a torch state dict) or `.npz` (float16 or whole numbers) -> state dict of float32 or int64 tensors"""
    if Path(path).suffix == ".npz":
        with np.load(path) as z:
            return {k: torch.from_numpy(wide(z[k])) for k in z.files}
    return torch.load(path, map_location="cpu")


def wide(a):
    return a.astype(np.float32 if a.dtype.kind == "f" else np.int64)


def save_half(state, path):
    """state dict -> `.npz`: floats as float16, indices as int16"""
    arrays = {k: np.asarray(v.detach().cpu() if torch.is_tensor(v) else v) for k, v in state.items()}
    np.savez_compressed(
        path, **{k: a.astype(np.float16 if a.dtype.kind == "f" else np.int16) for k, a in arrays.items()}
    )


def tokenizer():
    return Tokenizer(str(TOKENIZER / "tokenizer.json"))


def load_nano(path):
    """checkpoint -> Nano in evaluation mode"""
    model = Nano(dict(CFG, vocab_size=len(tokenizer().vocab)))
    state = load_state(path)
    model.load_state_dict(state.get("nano", state))
    return model.eval()


def load_decoder(path):
    """archive of a decoder alone -> Decoder in evaluation mode"""
    decoder = Decoder(dict(CFG, vocab_size=len(tokenizer().vocab)))
    decoder.load_state_dict(load_state(path))
    return decoder.eval()


def load_speech(path):
    """-> speech_model.Speech in evaluation mode"""
    state = load_state(path)
    state = state.get("speech", state)
    speech = Speech(state["slot"], state["column"])
    speech.load_state_dict(state)
    return speech.eval()


def load_detokenizer(path):
    net = Detokenizer()
    net.load_state_dict({k[4:]: v for k, v in load_state(path).items() if k.startswith("net.")})
    return net.eval()


def unit_codes(path):
    """codec archive -> {'word/tone' or 'silence': codes [8, frames]}"""
    return {k[6:]: v.numpy() for k, v in load_state(path).items() if k.startswith("codes.")}
