"""Averages checkpoints of train_speech.py, weight by weight: keeps what one stage gained without losing what the one before knew.

    python3 average.py OUT.pt SHARE A.pt SHARE B.pt [SHARE C.pt ...]
"""
import sys
import torch


def average(shares, states):
    """states alike in names and shapes -> their weighted mean; whole numbers (tables of codes) are the first one's"""
    first = states[0]
    mean = lambda name: sum(w * s[name] for w, s in zip(shares, states))
    return {name: mean(name) if x.dtype.is_floating_point else x for name, x in first.items()}


def main(out, *pairs):
    shares, files = [float(x) for x in pairs[::2]], [torch.load(f) for f in pairs[1::2]]
    assert abs(sum(shares) - 1) < 1e-9, "shares must sum to 1"
    torch.save({part: average(shares, [f[part] for f in files]) for part in ("nano", "speech")}, out)


if __name__ == "__main__":
    main(*sys.argv[1:])
