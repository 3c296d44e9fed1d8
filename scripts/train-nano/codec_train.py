"""Fits the codec to its voice: speech, analysis, principal components, residual k-means.

    python3 codec_train.py [SENTENCES]     -> work/checkpoints/codec.npz: the detokenizer's weights, and the codes of every unit of voice.py
"""
import random
import sys
import time
import numpy as np
import torch
import grammar as G
from codec import BANDS, CODEBOOKS, CODES, DIM, NOISY, STEPS, Detokenizer, describe
from ctc_synth import sentences
from paths import CHECKPOINTS
from voice import FRAME, all_units, answers, spoken, unit

# what an error in each number of a step's description costs: envelope in nepers, pitch in octaves (times 12), noisiness
WEIGHT = np.concatenate([np.full(BANDS, 1.0), [6.0], np.full(NOISY, 1.5)]).astype(np.float32)
SILENT = "silence"


def corpus(n, rng):
    """frames of n sentences in natural speech: answers, commands, anything"""
    said, frames, t0 = answers(n), [], time.time()
    others = sentences()
    for i in range(n):
        text = (said[i], G.first_turn(rng), rng.choice(others))[i % 3]
        x = spoken(text, rng.uniform(0.85, 1.1), rng.uniform(5, 35))
        x = np.pad(x, (rng.randrange(FRAME), FRAME))
        x = x[: len(x) // FRAME * FRAME] * np.float32(rng.uniform(0.25, 0.7) / np.abs(x).max())
        frames.append(describe(x))
        if i % 200 == 199:
            print(f"{i + 1} sentences, {sum(map(len, frames))} frames, {time.time() - t0:.0f} s", flush=True)
    return np.concatenate(frames)


def kmeans(x, k, rounds, rng):
    """x [n,d], weights by repetition -> centroids [k,d]"""
    c = x[torch.from_numpy(rng.choice(len(x), k, replace=len(x) < k))].clone()
    for _ in range(rounds):
        near = nearest(x, c)
        sums = torch.zeros_like(c).index_add_(0, near, x)
        n = torch.bincount(near, minlength=k).float()
        empty = n == 0
        c = torch.where(empty[:, None], c, sums / n.clamp(min=1)[:, None])
        if empty.any():  # an unused code takes over a point that is far from its own
            far = (x - c[near]).pow(2).sum(1).topk(int(empty.sum())).indices
            c[empty] = x[far]
    return c


def nearest(x, c):
    half = 0.5 * (c * c).sum(1)
    return torch.cat([(b @ c.t() - half).argmax(1) for b in x.split(4096)])


def main(n=1800):
    torch.set_num_threads(1)
    rng, nrs = random.Random(3), np.random.RandomState(3)
    units = {u: describe(unit(*u)) for u in all_units()}
    units[SILENT] = describe(np.zeros(FRAME * 2, np.float32))[:1]
    own = np.concatenate(list(units.values()))
    free = corpus(n, rng)
    w = np.tile(WEIGHT, STEPS)
    mean = own.mean(0)
    x_own, x_free = (own - mean) * w, (free - mean) * w
    _, _, v = np.linalg.svd(np.concatenate([x_own, x_own, x_free[:: max(1, len(x_free) // 8000)]]), full_matrices=False)
    v = v[:DIM]
    print("share kept by the projection", 1 - ((x_own - x_own @ v.T @ v) ** 2).sum() / (x_own**2).sum())
    a, b = torch.from_numpy(x_own @ v.T), torch.from_numpy(x_free @ v.T)
    pool = torch.cat((a, a, a, b)).float()
    codes, tables, rest = [], [], a.float()
    for book in range(CODEBOOKS):
        c = kmeans(pool, CODES, 6 if book < 3 else 4, nrs)
        c = (c * CODEBOOKS).half().float() / CODEBOOKS  # as it will be stored
        i = nearest(rest, c)
        rest, pool = rest - c[i], pool - c[nearest(pool, c)]
        codes.append(i.numpy())
        tables.append(c * CODEBOOKS)  # the decoder averages the books
        left = lambda r, full: float((r**2).sum() / (full**2).sum())
        print(
            f"codebook {book}: {len(set(codes[-1]))} codes used by the units; variance left {left(rest, a):.4f}, of free speech {left(pool[3 * len(a):], b):.4f}",
            flush=True,
        )
    net = Detokenizer()
    state = dict(net.state_dict())
    state["tables"] = torch.cat(tables)
    state["back.weight"] = torch.from_numpy((v / w).T.copy()).float()
    state["back.bias"] = torch.from_numpy(mean).float()
    save = {f"net.{k}": t.numpy() for k, t in state.items()}
    at = 0
    for u, y in units.items():
        name = u if u == SILENT else "/".join(u)
        save[f"codes.{name}"] = np.stack([c[at : at + len(y)] for c in codes]).astype(np.int16)
        at += len(y)
    np.savez(CHECKPOINTS / "codec.npz", **save)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
