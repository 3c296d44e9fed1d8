"""python3 ctc_eval.py CKPT.pt [TEST] [REAL.pkl]: word boundary errors of forced alignment, on synthetic speech with known word times and on real
recordings with reference word times [(name, waveform, [(start, end, word)], text)].

Boundary rule ("rule+gate" below): frames of energy pauses of 200 ms and more (less 60 ms at each edge) are open only to the states between words, so no
letter slides across a pause; then between two words the midpoint between the last spike of one and the first of the next, or, where an energy pause
lies between them, its edges, 15 ms into the pause (but the first spike less 10 ms where the pause ends more than 200 ms before it)."""
import os
import pickle
import sys
import numpy as np
import torch
from checkpoint import load_state
from ctc_model import CharCTC, WaveCTC, align, greedy
from paths import DATA

torch.set_num_threads(1)
sec = lambda f: (f * 320 + 200) / 16000
# first spike - EDGE[0] = start, last spike + EDGE[1] = end, where nothing else decides (a peaky model: EDGE=0.035,0.07)
EDGE = tuple(map(float, os.environ.get("EDGE", "0.01,0.01").split(",")))
TRUST = 0.2  # how far the end of a pause may lie before the first spike


def pauses(x, least=0.12, level=0.12, inset=0.015):
    """energy pauses [(start, end)] in seconds: 20 ms RMS every 10 ms below 12 % of the speech level (the median of the louder 60 %) or below 3 times the
    noise floor (5 % quantile; at most 20 % of the speech level), for at least 120 ms; words reach 15 ms into them"""
    n = (len(x) - 320) // 160 + 1
    x = np.ascontiguousarray(x, dtype=np.float32)
    p = np.lib.stride_tricks.as_strided(x, (n, 320), (x.strides[0] * 160, x.strides[0]))
    rms = np.sqrt((p**2).mean(1))
    lev = np.median(rms[rms > np.quantile(rms, 0.4)])
    q = rms < max(level * lev, min(3 * np.quantile(rms, 0.05), 0.2 * lev))
    out, i = [], 0
    while i < n:
        j = i
        while j < n and q[j]:
            j += 1
        if j - i >= least * 100:
            out.append(
                (0.0 if i == 0 else i * 0.01 + 0.005 + inset, len(x) / 16000 if j == n else j * 0.01 + 0.005 - inset)
            )
        i = max(j, i + 1)
    return out


def words(lp, text, ps, edge=EDGE, snap=True, gate=False, trust=TRUST):
    """[(word, start, end, first spike, last spike)] in seconds"""
    T = len(lp)
    quiet = None
    if gate:
        quiet = np.zeros(T, bool)
        for a, b in ps:
            if b - a >= 0.2:
                i, j = int(np.ceil(((a + 0.06) * 16000 - 200) / 320)), int(((b - 0.06) * 16000 - 200) / 320)
                quiet[max(0, i) : max(0, j + 1)] = True
    al = align(lp, text, quiet) if gate else align(lp, text)
    sp = [(sec(a), sec(b)) for _, a, b, _ in al]
    st, en = [None] * len(al), [None] * len(al)
    for i in range(len(al) + 1):
        l = sp[i - 1][1] if i else -1.0
        f = sp[i][0] if i < len(al) else sec(T) + 1
        hit = [(a, b) for a, b in ps if b > l and a < f] if snap else []
        if hit:
            e, s = hit[0][0], hit[-1][1]
            if f - s > trust:
                s = f - edge[0]  # a breath between the pause and the word
        elif i == 0:
            e = s = f - edge[0]
        elif i == len(al):
            e = s = l + edge[1]
        elif f - l > 0.3:
            e, s = l + edge[1], f - edge[0]  # a long gap without an energy pause
        else:
            e = s = (l + f) / 2
        if i:
            en[i - 1] = max(e, sp[i - 1][0])
        if i < len(al):
            st[i] = min(s, sp[i][1])
    return [(al[i][0], st[i], en[i], *sp[i]) for i in range(len(al))]


def show(e):
    e = np.abs(np.array(e)) * 1000
    return f"{np.median(e):4.0f} / {np.quantile(e, .9):4.0f} ms / {np.mean(e > 100) * 100:4.1f} %"


PAUSES = {
    "jfk.wav": [(0, 0.32, 0), (2.12, 3.28, 5), (3.72, 3.98, 6), (4.32, 5.40, 7), (7.60, 8.18, 14)],
    "asr.wav": [
        (0, 0.8, 0),
        (3.84, 4.40, 7),
        (6.52, 7.04, 15),
        (9.66, 9.98, 22),
        (12.12, 12.66, 29),
        (14.42, 15.14, 35),
        (17.6, 18.34, 43),
    ],
}


def main(ckpt, test, real, verbose=True):
    net = CharCTC()
    net.load_state_dict(load_state(ckpt))
    net.eval()
    g = WaveCTC(net).eval()
    run = lambda x: g(torch.from_numpy(x.astype(np.float32))[None])[0].numpy()
    res, bias = {}, {}
    with torch.no_grad():
        w = np.load(test + ".npy")
        rng = np.random.RandomState(0)
        for u, v, off, n, gr in pickle.load(open(test + ".pkl", "rb")):
            x = w[off : off + n].astype(np.float32) / 40000
            x = np.concatenate([np.zeros(3200, np.float32), x, np.zeros(3200, np.float32)]) + rng.randn(
                n + 6400
            ).astype(np.float32) * 10 ** rng.uniform(-4, -2.3)
            lp, ps, k = run(x), pauses(x), 0
            name = v if v.startswith(("flite", "fest")) else "espeak"
            for mode, kw in (
                ("rule", dict(snap=True)),
                ("rule+gate", dict(snap=True, gate=True)),
                ("spikes", dict(snap=False)),
            ):
                al, k = words(lp, u, ps, **kw), 0
                if len(al) != len(u.split()):
                    continue
                for a, b, ws in gr:
                    m = len(ws.split())
                    r = res.setdefault((name, mode), ([], []))
                    r[0].append(al[k][1] - a - 0.2)
                    r[1].append(al[k + m - 1][2] - b - 0.2)
                    if mode == "rule":
                        bb = bias.setdefault(name, ([], []))
                        bb[0].append(al[k][3] - a - 0.2)
                        bb[1].append(al[k + m - 1][4] - b - 0.2)
                    k += m
        for name, x, gr, text in pickle.load(open(real, "rb")) if os.path.exists(real) else []:
            lp, ps = run(x), pauses(x)
            if name in PAUSES:
                for gate in (False, True):
                    al = words(lp, text, ps, snap=False, gate=gate)
                    ok, dist = 0, []
                    for a, b, k in PAUSES[name]:
                        l, f = (al[k - 1][4] if k else 0), (al[k][3] if k < len(al) else 99)
                        good = (
                            (l < a + 0.1)
                            and (f > b - 0.1)
                            and (k == 0 or al[k - 1][3] < a + 0.05)
                            and (k == len(al) or al[k][4] > b - 0.05)
                        )
                        ok += good
                        if k:
                            dist.append((round(l - a, 3)))
                        if k < len(al):
                            dist.append((round(f - b, 3)))
                    print(
                        f"{name} {'gated' if gate else 'plain'}: pauses between the right words {ok} of {len(PAUSES[name])}; last spike - pause start, first spike - pause end (ms):",
                        [int(d * 1000) for d in dist],
                    )
                if verbose:
                    print("  greedy:", greedy(lp))
                    print(
                        "  "
                        + "  ".join(f"{a.lower()} {s:.2f}-{e:.2f}" for a, s, e, *_ in words(lp, text, ps, gate=True))
                    )
            if gr:
                for mode, kw in (
                    ("rule", dict(snap=True)),
                    ("rule+gate", dict(snap=True, gate=True)),
                    ("spikes", dict(snap=False)),
                ):
                    al = words(lp, text, ps, **kw)
                    if len(al) != len(gr):
                        print("!!", name)
                        continue
                    nm = "real/" + (name if name in PAUSES else "allison")
                    r = res.setdefault((nm, mode), ([], []))
                    for q, (a, b, _) in zip(al, gr):
                        r[0].append(q[1] - a)
                        r[1].append(q[2] - b)
                    if mode == "rule":
                        bb = bias.setdefault(nm, ([], []))
                        for q, (a, b, _) in zip(al, gr):
                            bb[0].append(q[3] - a)
                            bb[1].append(q[4] - b)
    for (n, m), (s, e) in sorted(res.items()):
        print(
            f"{n:14s} {m:10s} n {len(s):5d}  start {show(s)}   end {show(e)}   signed median {np.median(s)*1000:+.0f} {np.median(e)*1000:+.0f}"
        )
    for n, (s, e) in bias.items():
        print(f"{n:14s} first spike - start {np.median(s)*1000:+.0f} ms, last spike - end {np.median(e)*1000:+.0f} ms")


if __name__ == "__main__":
    main(
        sys.argv[1],
        sys.argv[2] if len(sys.argv) > 2 else str(DATA / "ctc_test"),
        sys.argv[3] if len(sys.argv) > 3 else str(DATA / "real.pkl"),
    )
