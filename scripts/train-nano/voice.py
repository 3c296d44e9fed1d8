"""The voice that nano speaks with: the words of its answers, each spoken alone by flite's slt and fitted to whole 80 ms frames.

An answer's sound is its words' units in a row, so a word always has the same codes: that is what a model this small can learn.
Each word has two units: within a sentence (level) and at its end or before a comma (falling).
"""
import functools
import os
import random
import re
import subprocess
import tempfile
import numpy as np
from scipy.io import wavfile
from scipy.signal import resample_poly
import grammar as G

RATE, FRAME = 24000, 1920  # samples a second, samples an 80 ms frame
LEVEL, FALL = "level", "fall"
PAUSE = 1  # frames of silence after a comma
QUIET = 0.01  # of the unit's peak: what counts as silence at its edges
BEFORE, AFTER, FADE = 120, 240, 96  # samples kept around the loud part; samples of the fades
PACES = (0.86, 0.88, 0.9, 0.92, 0.94, 0.96, 0.98, 1.0)
PITCH, SPREAD = 175, {LEVEL: 5, FALL: 25}  # Hz


def sentence_units(text):
    """'sorry, i did' -> [('sorry', FALL), None, ('i', LEVEL), ('did', FALL)]; None is a pause"""
    out, parts = [], re.findall(r"[a-z']+|[,?]", text.lower())
    for i, p in enumerate(parts):
        after = parts[i + 1] if i + 1 < len(parts) else "."
        if p == ",":
            out += [None] * PAUSE
        elif p != "?":
            out.append((p, LEVEL if after.isalpha() else FALL))
    return out


def spoken(text, pace=1.0, spread=SPREAD[FALL]):
    """[n] float32 at 24 kHz"""
    folder = "/dev/shm" if os.path.isdir("/dev/shm") else None
    settings = dict(duration_stretch=pace, int_f0_target_mean=PITCH, int_f0_target_stddev=spread)
    flags = [x for k, v in settings.items() for x in ("--setf", f"{k}={v}")]
    with tempfile.NamedTemporaryFile(suffix=".wav", dir=folder) as f:
        subprocess.run(["flite", "-voice", "slt", *flags, "-t", text, "-o", f.name], check=True)
        rate, x = wavfile.read(f.name)
    return resample_poly(x.astype(np.float32) / 32768, RATE, rate).astype(np.float32)


def trimmed(x):
    loud = np.flatnonzero(np.abs(x) > QUIET * np.abs(x).max())
    return x[max(0, loud[0] - BEFORE) : loud[-1] + AFTER].copy()


@functools.lru_cache(maxsize=None)
def unit(word, tone):
    """-> [FRAME * n] samples: the pace that fills its last frame best"""
    x = min((trimmed(spoken(word, p, SPREAD[tone])) for p in PACES), key=lambda t: (-len(t)) % FRAME)
    ramp = np.linspace(0, 1, FADE, dtype=np.float32)
    x[:FADE] *= ramp
    x[-FADE:] *= ramp[::-1]
    return np.pad(x, (0, (-len(x)) % FRAME)) * np.float32(0.5 / np.abs(x).max())


def speech(text):
    """an answer's samples [FRAME * n] at 24 kHz"""
    return np.concatenate([np.zeros(FRAME, np.float32) if u is None else unit(*u) for u in sentence_units(text)])


def answers(n, seed=5):
    """n answers as the grammar gives them, to whole, masked and second turns (with repeats)"""
    rng, out = random.Random(seed), []
    while len(out) < n:
        first = G.first_turn(rng)
        reply = G.answer([G.words(first)])
        left = [w for w in G.words(first) if rng.random() < 0.6]
        second = G.answer([G.words(first), G.words(reply), G.words(G.follow_turn(rng, first))])
        out += [reply, second, G.answer([left])]
    return out[:n]


@functools.lru_cache(maxsize=None)
def vocabulary():
    """every word that an answer can have"""
    return sorted({w for a in answers(60000) for w in G.words(a)})


def all_units():
    return [(w, tone) for w in vocabulary() for tone in (LEVEL, FALL)]
