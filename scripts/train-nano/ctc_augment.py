"""What the aligner hears in training: pauses, rooms, bands, noise, other voices and tempi; and where each word's characters belong."""
import math
import os
import random
import numpy as np
from scipy.fft import irfft, next_fast_len, rfft
from ctc_model import ID, normalize
from ctc_synth import features

rng = random.Random(int(os.environ.get("SEED", 0)))
nrs = np.random.default_rng(rng.randint(0, 1 << 30))
randn = lambda n: nrs.standard_normal(n, dtype=np.float32)


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
