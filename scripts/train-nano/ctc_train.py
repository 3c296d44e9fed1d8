"""python3 ctc_train.py MINUTES [START.pt] [OUT.pt]: train CharCTC with *word-anchored, filled* CTC.

The synthesiser told the word times, so each word's characters must be emitted inside its own span (word-anchored).  Inside a word the blank
and '|' are made dear (-BETA) when the alignment posterior is computed, in the pauses the characters are shut, and the network is trained towards
that posterior by cross-entropy (one EM step per batch): characters fill their words, '|' sits on the frame of the boundary, blank is left for silence."""
import math
import os
import pickle
import sys
import time
import numpy as np
import torch
import torch.nn.functional as F
from checkpoint import load_state
from ctc_augment import example, randn, rng
from ctc_model import CharCTC, ID, normalize, align, greedy
from ctc_synth import features
from paths import CHECKPOINTS, DATA

torch.set_num_threads(1)
torch.set_flush_denormal(True)
BETA = float(os.environ.get("BETA", 4))


def load(p):
    return np.load(p + ".npy"), pickle.load(open(p + ".pkl", "rb"))


def loss_of(net, batch, beta):
    L = torch.tensor([len(b[0]) for b in batch])
    mel = np.zeros((len(batch), int(L.max()), 80), np.float32)
    for i, b in enumerate(batch):
        mel[i, : len(b[0])] = b[0]
    lp = net(torch.from_numpy(mel), L)
    B, T, V = lp.shape
    segs = [(i, s, e, sh, y) for i, b in enumerate(batch) for s, e, sh, y in b[1]]
    n = torch.tensor([e - s for _, s, e, *_ in segs])
    W = int(n.max())
    ar = np.arange(W)[None]
    s0 = np.array([i * T + s for i, s, *_ in segs])[:, None]
    ln = n.numpy()[:, None]
    idx = torch.from_numpy(s0 + np.minimum(ar, ln - 1))
    open_ = torch.from_numpy(ar < np.array([sh - s for _, s, _, sh, _ in segs])[:, None])  # inside the word
    g = lp.reshape(B * T, V).index_select(0, idx.reshape(-1)).reshape(len(segs), W, V)
    bias = torch.zeros(len(segs), W, V)
    bias[..., 5:] = torch.where(open_, 0.0, -8.0)[..., None]
    bias[..., 0] = torch.where(open_, -beta, 0.0)
    bias[..., ID["|"]] = torch.where(open_, -beta, -1.0)
    q = torch.log_softmax(g.detach() + bias, -1).transpose(0, 1).contiguous().requires_grad_()
    tl = torch.tensor([len(y) for *_, y in segs])
    c = F.ctc_loss(
        q, torch.tensor([k for *_, y in segs for k in y]), n, tl, blank=0, reduction="none", zero_infinity=True
    )
    (d,) = torch.autograd.grad(c.sum(), q)
    post = (q.detach().exp() - d).transpose(0, 1)
    ok = ((c > 0).unsqueeze(1) & torch.from_numpy(ar < ln)).float()
    total = -(post * g).sum(-1).mul(ok).sum()
    for i, b in enumerate(batch):
        if b[2] > 0:
            total = total - lp[i, : b[2], 0].sum()  # nothing is said before the first word
    return total / (ok.sum() + sum(b[2] for b in batch)), float(c.sum()) / float(tl.sum())


def edit(a, b):
    d = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        p, d[0] = d[0], i
        for j, y in enumerate(b, 1):
            p, d[j] = d[j], min(d[j] + 1, d[j - 1] + 1, p + (x != y))
    return d[-1]


@torch.no_grad()
def evaluate(net, wav, meta, n=60):
    net.eval()
    ce = cl = 0
    err = []
    for u, v, off, k, g in meta[:n]:
        x = np.concatenate([np.zeros(3200), wav[off : off + k] / 32768, np.zeros(3200)]) + 2e-3 * randn(k + 6400)
        lp = net(torch.from_numpy(normalize(features(x)))[None])[0].numpy()
        ce += edit(greedy(lp), u.upper())
        cl += len(u)
        al = align(lp, u)
        if len(g) == len(al):
            for i in range(1, len(g)):
                if g[i][0] - g[i - 1][1] < 0.02:
                    err.append(((al[i - 1][2] + al[i][1]) * 160 + 200) / 16000 - g[i][0] - 0.2)
    net.train()
    b, err = np.median(err), np.abs(np.array(err))
    return f"CER {ce/cl:.3f}  word boundary error: median {np.median(err)*1000:.0f} ms (signed {b*1000:+.0f}), 90% {np.quantile(err,.9)*1000:.0f} ms, >100 ms {np.mean(err>.1)*100:.1f}%"


@torch.no_grad()
def divide_by_prior(net, wav, meta, alpha=1.0, n=300):
    """as in a hybrid HMM: p(label | frame) / p(label)^alpha, folded into the output bias: better alignments, worse greedy reading"""
    net.eval()
    p = torch.cat([net(torch.from_numpy(example(wav, rng.choice(meta))[0])[None])[0].exp() for _ in range(n)]).mean(0)
    net.out.bias -= alpha * torch.log(p.clamp(min=0.01))
    net.train()
    return p


def main(minutes, start=None, out=str(CHECKPOINTS / "char_ctc.pt")):
    wav, meta = load(str(DATA / "ctc_train"))
    twav, tmeta = load(str(DATA / "ctc_test"))
    torch.manual_seed(0)
    net = CharCTC()
    if start:
        net.load_state_dict(load_state(start))
    ema = {k: v.clone() for k, v in net.state_dict().items()}
    print(sum(p.numel() for p in net.parameters()), "parameters", len(meta), "utterances", flush=True)
    opt = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0.01, betas=(0.9, 0.98))
    t0, step, seen, avg, nll, last, prep, shown = time.time(), 0, 0, None, None, time.time(), 0.0, 0
    peak = float(os.environ.get("LR", 2e-3))
    while True:
        el = (time.time() - t0) / (minutes * 60)
        if el > 1:
            break
        lr = peak * min(1, (step + 1) / 60) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * el)))
        for g in opt.param_groups:
            g["lr"] = lr
        t1 = time.time()
        ex = sorted(
            (b for b in (example(wav, rng.choice(meta)) for _ in range(160)) if len(b[0]) < 520),
            key=lambda b: len(b[0]),
        )
        prep += time.time() - t1
        parts = [[]]
        for b in ex:  # batches of about 8500 frames
            if (len(parts[-1]) + 1) * len(b[0]) > 8500:
                parts.append([])
            parts[-1].append(b)
        if len(parts[-1]) < 8:
            parts.pop()
        rng.shuffle(parts)
        for p in parts:
            l, c = loss_of(net, p, BETA)
            opt.zero_grad()
            l.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            opt.step()
            step += 1
            seen += len(p)
            k = min(0.99, step / (step + 10))
            for a, b in net.state_dict().items():
                ema[a].mul_(k).add_(b, alpha=1 - k) if b.is_floating_point() else ema[a].copy_(b)
            avg = float(l) if avg is None else 0.97 * avg + 0.03 * float(l)
            nll = c if nll is None else 0.97 * nll + 0.03 * c
        if step // 40 > shown:
            shown = step // 40
            print(
                f"{time.time()-t0:6.0f}s step {step} seen {seen} lr {lr:.5f} loss/frame {avg:.4f} ctc/char {nll:.3f} (preparing {prep:.0f}s)",
                flush=True,
            )
        if time.time() - last > 180:
            last = time.time()
            print("   eval", evaluate(net, twav, tmeta, 50), flush=True)
            torch.save(ema, out)
    net.load_state_dict(ema)
    divide_by_prior(net, wav, meta, float(os.environ.get("PRIOR", 1)))
    torch.save(net.state_dict(), out)
    print(
        "final", evaluate(net, twav, tmeta, 200), f"{(time.time()-t0)/60:.1f} min {step} steps {seen} seen", flush=True
    )


if __name__ == "__main__":
    main(float(sys.argv[1]), *sys.argv[2:])
