"""torch's own numbers for parity.mjs: raw little-endian tensors and an index.json in WORK/parity.    python3 parity.py"""
import json
import random
import numpy as np
import torch
import grammar as G
from checkpoint import load_nano, tokenizer
from export_ctc import load_ctc
from paths import WEIGHTS, WORK

OUT = WORK / "parity"
index = {}


def put(name, t):
    a = np.ascontiguousarray(t.detach().numpy() if torch.is_tensor(t) else t)
    kind = "int64" if a.dtype.kind == "i" else "float32"
    a.astype("<i8" if kind == "int64" else "<f4").tofile(OUT / f"{name}.bin")
    index[name] = dict(shape=list(a.shape), dtype=kind)


@torch.no_grad()
def greedy(dec, x, limit=24):
    """embeddings [1,S,H] -> generated ids, through the cache"""
    past, total, out = dec.empty_past(1), 0, []
    for _ in range(limit):
        total += x.shape[1]
        h, past = dec(x, torch.ones(1, total, dtype=torch.long), past)
        t = int(dec.logits(h[:, -1]).argmax())
        if t == 7:
            break
        out.append(t)
        x = dec.embed(torch.tensor([[t]]))
    return out


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
        say = tok.decode(greedy(dec, dec.embed(torch.tensor([ids]))))
        out.append(dict(text=text, ids=ids, say=say, answer=G.answer([G.words(text)])))
    return out


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
    (OUT / "index.json").write_text(json.dumps(dict(tensors=index, conversations=conversations(model.dec))))


if __name__ == "__main__":
    main()
