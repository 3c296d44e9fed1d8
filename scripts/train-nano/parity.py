"""torch's own numbers for parity.mjs: raw little-endian tensors and an index.json in WORK/parity.    python3 parity.py"""
import json
import random
import numpy as np
import torch
import grammar as G
from checkpoint import load_detokenizer, load_nano, load_speech, tokenizer
from codec import BINS
from export_ctc import load_ctc
from generate import sequential
from paths import WEIGHTS, WORK
from speech_model import CODEBOOKS, CODES

OUT = WORK / "parity"
index = {}


def put(name, t):
    a = np.ascontiguousarray(t.detach().numpy() if torch.is_tensor(t) else t)
    kind = "int64" if a.dtype.kind == "i" else "float32"
    a.astype("<i8" if kind == "int64" else "<f4").tofile(OUT / f"{name}.bin")
    index[name] = dict(shape=list(a.shape), dtype=kind)


@torch.no_grad()
def decoder_tensors(dec):
    """prefill of 10 positions, then 4 more on the cache, batch 3"""
    ids = torch.randint(131, dec.c["vocab_size"], (3, 14))
    mask, x = torch.ones_like(ids), dec.embed(ids)
    h1, past = dec(x[:, :10], mask[:, :10], dec.empty_past(3))
    h2, past = dec(x[:, 10:], mask, past)
    for n, t in dict(ids=ids, logits1=dec.logits(h1), hidden1=h1, logits2=dec.logits(h2), hidden2=h2).items():
        put(n, t)
    for i, p in enumerate(past):
        for n, t in zip(("conv",) if len(p) == 1 else ("key", "value"), p):
            put(f"present_conv.{i}" if n == "conv" else f"present.{i}.{n}", t)


def conversations(dec, n=60):
    tok, rng, out = tokenizer(), random.Random(77), []
    for _ in range(n):
        text = G.first_turn(rng)
        ids = tok.encode(f"<|startoftext|><|im_start|>user\n{text}<|im_end|>\n<|im_start|>assistant\n")
        say = tok.decode(sequential(dec, None, dec.embed(torch.tensor([ids])))[0][:-1])
        out.append(dict(text=text, ids=ids, say=say, answer=G.answer([G.words(text)])))
    return out


@torch.no_grad()
def speech_tensors():
    """hidden states and the frames they become; codes and the spectrum they are decoded to (real and imaginary parts: phases wrap)"""
    speech = load_speech(WEIGHTS / "speech.npz")
    hidden = torch.randn(6, 128)
    put("hidden", hidden)
    put("frames", torch.tensor([speech.frame(h[None]) for h in hidden]))
    put("frame_embeddings", speech.embed_frames(index_codes := torch.randint(0, CODES + 1, (5, CODEBOOKS))))
    put("frame_codes", index_codes)
    codes = torch.randint(0, CODES, (2, CODEBOOKS, 9))
    features = load_detokenizer(WEIGHTS / "codec.npz")(codes)
    mag, phase = features[..., :BINS].exp(), features[..., BINS:]
    put("codes", codes)
    put("spectrum", torch.cat((mag * phase.cos(), mag * phase.sin()), -1))


@torch.no_grad()
def main():
    torch.manual_seed(1)
    OUT.mkdir(exist_ok=True)
    model = load_nano(WEIGHTS / "nano.npz")
    decoder_tensors(model.dec)
    mel = torch.randn(1, 231, 128)
    put("mel", mel)
    put("audio", model.enc(mel, torch.tensor([231]))[0])
    wave = torch.randn(1, 40000)
    put("wave", wave)
    put("ctc", load_ctc(WEIGHTS / "char_ctc.npz")(wave))
    speech_tensors()
    (OUT / "index.json").write_text(json.dumps(dict(tensors=index, conversations=conversations(model.dec))))


if __name__ == "__main__":
    main()
