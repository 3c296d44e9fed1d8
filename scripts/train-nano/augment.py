"""What happens to spoken prompts in training: other voices and rooms, and which stretches are masked."""
import numpy as np
from scipy.signal import lfilter
from mel import GUARD, SILENCE, _hz2mel, warp_positions


def augment(m, spans, r, nrs):
    """un-normalised log-mels [n,128] and word spans -> both, in another vocal tract, tempo, room, channel or noise"""
    n = len(m)
    if r.random() < 0.75:
        x = np.clip(warp_positions(0.82 * 1.49 ** r.random()) + r.uniform(-1, 1), 0, 126.999)
        i = x.astype(int)
        f = (x - i).astype(np.float32)
        m = m[:, i] * (1 - f) + m[:, i + 1] * f
    if r.random() < 0.7:  # tempo
        a = r.uniform(0.78, 1.25)
        x = np.clip(np.arange(int(n * a)) / a, 0, n - 1.001)
        i = x.astype(int)
        f = (x - i).astype(np.float32)[:, None]
        m = m[i] * (1 - f) + m[i + 1] * f
        spans = spans and [(s * a, e * a) for s, e in spans]
    if r.random() < 0.75:
        pw = np.exp(m)
        if r.random() < 0.25:  # reverberation, 0.1..0.5 s
            d = 10 ** (-0.06 / r.uniform(0.1, 0.5))
            pw = (pw + 10 ** -r.uniform(0.3, 1.6) * lfilter([0, 0, 1 - d], [1, -d], pw, axis=0)).astype(np.float32)
        if r.random() < 0.35:  # tilt and a bump (they matter through the noise added next)
            t = np.linspace(-1, 1, 128)
            pw = pw * (
                10 ** (r.uniform(-1.2, 1.2) * t + r.uniform(0, 0.6) * np.cos(r.uniform(1, 9) * t + r.uniform(0, 6)))
            ).astype(np.float32)
        if r.random() < 0.1:  # telephone band
            lo, hi = (_hz2mel(x) * 129 / _hz2mel(8000) for x in (r.uniform(150, 450), r.uniform(2800, 5000)))
            b = np.arange(128)
            pw = pw * np.where((b < lo) | (b > hi), 10 ** -r.uniform(3, 6), 1).astype(np.float32)
        if r.random() < 0.65:  # stationary noise, 8..35 dB below the mean power
            pw = pw + nrs.standard_exponential(m.shape).astype(np.float32) * pw.mean(
                0 if r.random() < 0.3 else None
            ) * 10 ** -r.uniform(0.8, 3.5)
        m = np.log(pw + GUARD)
    if r.random() < 0.06:
        m = np.where(
            m < m.max(1, keepdims=True) - r.uniform(6, 10), SILENCE + r.uniform(1, 6), m
        )  # holes, as lossy codecs leave
    if r.random() < 0.5:
        m = np.maximum(m + r.uniform(-4, 1.5), SILENCE)
    return m.astype(np.float32), spans


def gaps(n, spans, content, r, train, one=0.3, few_left=0.2):
    """which of n frames are kept; in training, `one` of the masks drop one word that matters, `few_left` leave one to three words"""
    keep = np.ones(n, bool)
    u, p, drop = r.random(), r.random(), None
    few = [i for i, c in enumerate(content) if c]
    if train:
        if u < one and few:
            drop = {r.choice(few)}  # exactly one word that matters
        elif u < one + few_left:
            left = (
                r.sample(few, min(len(few), r.choice([1, 2, 2, 3])))
                if few and r.random() < 0.6
                else r.sample(range(len(spans)), min(len(spans), r.choice([1, 2, 3])))
            )
            drop = set(range(len(spans))) - set(left)
        elif u < 0.5 * (1 + one + few_left):
            if r.random() < 0.4:
                p = r.choice([1, 1, 2]) / len(spans)
            drop = {i for i in range(len(spans)) if r.random() < p}
    else:  # the fixed test sets: any share, or about one word
        p = u = p if u < 0.55 else r.choice([1, 1, 2]) / len(spans)
        if r.random() < 0.6:
            drop = {i for i in range(len(spans)) if r.random() < p}
    if drop is not None:  # by word, as after forced alignment
        for i in drop:
            keep[max(0, int(spans[i][0] + r.uniform(-3, 2))) : int(spans[i][1] + r.uniform(-2, 3))] = False
        if len(drop) > 0.9 * len(spans) or (train and len(drop) > 0.5 * len(spans) and r.random() < 0.6):
            if 0 in drop:
                keep[: int(spans[0][0])] = False
            if len(spans) - 1 in drop:
                keep[int(spans[-1][1]) :] = False
    else:  # by fixed windows
        w, s = r.randint(10, 50), r.randint(0, 9)
        for a in range(-s, n, w):
            if r.random() < p:
                keep[max(0, a) : a + w] = False
    return keep
