"""python3 ctc_train.py MINUTES [START.pt] [OUT.pt]: train CharCTC with *word-anchored, filled* CTC.

The synthesiser told the word times, so each word's characters must be emitted inside its own span (word-anchored).  Inside a word the blank
and '|' are made dear (-BETA) when the alignment posterior is computed, in the pauses the characters are shut, and the network is trained towards
that posterior by cross-entropy (one EM step per batch): characters fill their words, '|' sits on the frame of the boundary, blank is left for silence."""
import math
import os
import pickle
import random
import sys
import time
import numpy as np
import torch
import torch.nn.functional as F
from scipy.fft import irfft, next_fast_len, rfft
from checkpoint import load_state
from ctc_model import CharCTC, ID, VOCAB, normalize, align, greedy
from ctc_synth import features
from paths import CHECKPOINTS, DATA

torch.set_num_threads(1)
torch.set_flush_denormal(True)
BETA = float(os.environ.get("BETA", 4))
rng = random.Random(int(os.environ.get("SEED", 0)))
nrs = np.random.default_rng(rng.randint(0, 1 << 30))
randn = lambda n: nrs.standard_normal(n, dtype=np.float32)


def load(p):
    return np.load(p + ".npy"), pickle.load(open(p + ".pkl", "rb"))


def smooth_curve(n, knots, lo, hi):
    return np.interp(np.linspace(0, 1, n), np.linspace(0, 1, knots), nrs.uniform(lo, hi, knots)).astype(np.float32)


def noise(wav, n):
    k = rng.random()
    if k < 0.3:
        z = randn(n)
    elif k < 0.6:  # coloured: 1/f^a with random humps
        m = next_fast_len(n)
        f = np.maximum(np.arange(m // 2 + 1), 2).astype(np.float32)
        s = (
            (randn(m // 2 + 1) + 1j * randn(m // 2 + 1))
            * f ** -rng.uniform(0.3, 1.0)
            * np.exp(smooth_curve(m // 2 + 1, 9, -1, 1))
        )
        z = irfft(s, m)[:n]
    else:  # babble
        z = np.zeros(n, np.float32)
        for _ in range(rng.randint(2, 6)):
            o = rng.randrange(0, len(wav) - n)
            z += wav[o : o + n] * np.float32(rng.uniform(0.4, 1) / 8000)
    return z.astype(np.float32) / (np.sqrt((z**2).mean()) + 1e-9)


def wave(wav, m):
    """one utterance (or two) with random pauses, room, band, noise and gain -> waveform, [(start, end, words)]"""
    u, v, off, n, g = m
    x = wav[off : off + n].astype(np.float32) / 32768
    cuts, out, g2, t = [], [], [], 0.0
    if rng.random() < 0.45:
        cuts = [i for i in range(1, len(g)) if abs(g[i][0] - g[i - 1][1]) < 0.005]
        cuts = sorted(rng.sample(cuts, min(len(cuts), rng.choice([1, 1, 1, 2]))))
    lead = rng.uniform(0, 0.25) if rng.random() < 0.7 else rng.uniform(0.25, 0.9)
    out.append(np.zeros(int(lead * 16000), np.float32))
    t = len(out[0]) / 16000
    a, f = 0, np.linspace(0, 1, 64, dtype=np.float32)
    for i, (s, e, w) in enumerate(g):
        if i in cuts:
            b = int(s * 16000)
            p = x[a:b].copy()
            k = min(64, len(p))
            p[len(p) - k :] *= f[::-1][:k]
            z = np.zeros(int(rng.choice([rng.uniform(0.05, 0.3), rng.uniform(0.2, 1.0)]) * 16000), np.float32)
            out += [p, z]
            t += len(z) / 16000
            a = b
        g2.append((s + t, e + t, w))
    out.append(x[a:])
    trail = rng.uniform(0, 0.25) if rng.random() < 0.7 else rng.uniform(0.25, 0.8)
    out.append(np.zeros(int(trail * 16000), np.float32))
    x = np.concatenate(out)
    n = len(x)
    if rng.random() < 0.65:  # room, band, tilt: one product of spectra
        L = next_fast_len(n + 4800, real=True)
        X = rfft(x, L)
        nb = len(X)
        h = np.ones(nb, np.float32)
        if rng.random() < 0.7:
            h = h * 10 ** (smooth_curve(nb, rng.randint(3, 8), -9, 9) / 20)
        if rng.random() < 0.3:
            fr = np.linspace(0, 8000, nb)
            lo, hi = rng.choice([(300, 3400), (200, 3800), (0, rng.uniform(2500, 7000)), (100, 7000)])
            h = h * (
                np.where(fr < lo, np.exp(-(lo - fr) / 60), 1) * np.where(fr > hi, np.exp(-(fr - hi) / 120), 1)
            ).astype(np.float32)
        X = X * h
        if rng.random() < 0.55:
            rt = rng.uniform(0.08, 0.7)
            k = int(min(0.3, rt) * 16000)
            r = randn(k) * np.exp(-6.9 * np.arange(k, dtype=np.float32) / 16000 / rt)
            r[: int(rng.uniform(0.0005, 0.01) * 16000)] = 0
            r *= 10 ** (-rng.uniform(-2, 14) / 20) / (np.sqrt((r**2).sum()) + 1e-9)
            r[0] = 1
            X = X * rfft(r, L)
        x = irfft(X, L)[:n].astype(np.float32)
    x = x / (np.abs(x).max() + 1e-6)
    lev = np.sqrt((x**2).mean()) + 1e-6
    if rng.random() < 0.85:
        x = x + noise(wav, n) * lev * np.float32(10 ** (-rng.choice([rng.uniform(3, 20), rng.uniform(15, 50)]) / 20))
    else:
        x = x + randn(n) * np.float32(10 ** -rng.uniform(3, 4.5))
    if rng.random() < 0.1:
        x = np.sign(x) * np.round(np.abs(x) ** 0.5 * 60) ** 2 / 3600  # coarse companding
    if rng.random() < 0.1:
        q = rng.uniform(0.2, 0.7)
        x = np.clip(x, -q, q)
    return x, g2


def example(wav, m):
    x, g = wave(wav, m)
    x = features(x)
    n = len(x)
    if rng.random() < 0.15:
        x = np.maximum(x, x.max(1, keepdims=True) - rng.uniform(7, 12))  # an mp3-like coder drops what is masked
    if rng.random() < 0.75:  # vocal tract
        q = np.clip(np.arange(80) * rng.uniform(0.86, 1.16) + rng.uniform(-1.5, 1.5), 0, 78.999)
        i = q.astype(int)
        f = (q - i).astype(np.float32)
        x = x[:, i] * (1 - f) + x[:, i + 1] * f
    if rng.random() < 0.75:  # uneven tempo
        k = rng.randint(2, 5)
        rate = rng.uniform(0.85, 1.35) * nrs.uniform(0.8, 1.25, k)
        src = np.linspace(0, n - 1.001, k + 1)
        dst = np.concatenate([[0], np.cumsum(np.diff(src) * rate)])
        q = np.interp(np.arange(int(dst[-1])), dst, src)
        i = q.astype(int)
        f = (q - i).astype(np.float32)[:, None]
        x = x[i] * (1 - f) + x[i + 1] * f
        c = lambda t: float(np.interp((t * 16000 - 200) / 160, src, dst) * 160 + 200) / 16000
        g = [(c(s), c(e), w) for s, e, w in g]
    x = normalize(x)
    if rng.random() < 0.4:
        b = rng.randint(0, 70)
        x[:, b : b + rng.randint(3, 12)] = 0
    if rng.random() < 0.3 and len(x) > 20:
        b = rng.randint(0, len(x) - 10)
        x[b : b + rng.randint(3, 8)] = 0
    T = (len(x) + 1) // 2
    fr = lambda t: (t * 16000 - 200) / 320
    seg, s = [], max(0, math.ceil(fr(g[0][0])))
    for i, (a, e, w) in enumerate(g):
        y = [ID[c] for c in w.upper().replace(" ", "|")]
        last = i + 1 == len(g)
        if last:
            shut, end = math.floor(fr(e)) + 1, T  # after the word: characters shut
        elif g[i + 1][0] - e < 0.02:
            shut = end = int(round(fr(g[i + 1][0]))) + 1
        else:
            shut, end = math.floor(fr(e)) + 1, math.ceil(fr(g[i + 1][0]))
        if not last:
            y.append(ID["|"])
        s0 = max(0, min(s, T - 1))
        end = max(s0 + 1, min(end, T))
        need = len(y) + sum(p == q for p, q in zip(y, y[1:]))
        lo = s0
        if end - s0 < need:
            lo = max(0, end - need)
            shut = end  # too short: take frames from the word before
        seg.append((lo, end, min(max(shut, lo + 1), end), y))
        s = end
    return x, seg, max(0, min(T, math.ceil(fr(g[0][0]))))


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
