"""Broad TTS corpus for the character CTC aligner: fortunes, random dictionary words and the domain's own sentences, spoken by espeak-ng
(all English variants, phoneme events give word starts and the pauses) and flite.

    python3 ctc_synth.py OUT N SEED [train|test]      (Debian: fortunes fortunes-min wamerican espeak-ng flite)

Writes OUT.npy (int16 waveform at 16 kHz, all utterances in a row) and OUT.pkl: (text, voice, offset, samples, groups), a group being
(start s, end s, words): a word, or several when the synthesiser gave no event between them.
Held out of training: a twentieth of the sentences, the espeak variants and dialects HELD_VARIANTS / HELD_LANGS, and the flite voice awb.
"""
import ctypes
import glob
import os
import pickle
import random
import re
import subprocess
import sys
import tempfile
import time
import zlib
import numpy as np
from scipy.fft import rfft
from scipy.io import wavfile
from scipy.signal import resample_poly
import grammar as G
from mel import filterbank

FB80 = filterbank(80)
WIN = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 399)).astype(np.float32)
LANGS = ["gmw/en-US", "gmw/en", "gmw/en-GB-scotland", "gmw/en-GB-x-rp", "gmw/en-029", "gmw/en-US-nyc"]
HELD_LANGS = ["gmw/en-GB-x-gbclan", "gmw/en-GB-x-gbcwmd"]
HELD_VARIANTS = ["anika", "grandpa", "Jacky", "Mario", "rob", "pablo", "steph2", "Denis"]
SKIP = {"Mr serious", "fast", "Demonic", "Tweaky", "UniRobot", "croak", "anikaRobot"}
FLITE, HELD_FLITE = ["kal", "kal16", "rms", "slt", "slt"], ["awb"]


def variants():
    d = glob.glob("/usr/lib/*/espeak-ng-data/voices/!v/*") + glob.glob("/usr/share/espeak-ng-data/voices/!v/*")
    v = sorted({os.path.basename(p) for p in d} - SKIP - set(HELD_VARIANTS))
    return (
        [""] * 4
        + [x for x in v if not x.startswith(("robosoft", "whisper"))] * 3
        + [x for x in v if x.startswith(("robosoft", "whisper"))]
    )


def features(x):
    """zero-mean unit-variance waveform, frames [160 t, 160 t + 400) without padding, 80 slaney mels, log(x + 1e-5)"""
    x = x.astype(np.float32)
    x = (x - x.mean()) / np.sqrt(x.var() + 1e-7)
    n = (len(x) - 400) // 160 + 1
    fr = np.lib.stride_tricks.as_strided(x, (n, 400), (x.strides[0] * 160, x.strides[0]))
    s = rfft(fr * WIN, 512, axis=1)
    return np.log((s.real**2 + s.imag**2).astype(np.float32) @ FB80.T + 1e-5)


def sentences(held=None):
    """held True: only the twentieth kept for tests, False: the others, None: all"""
    out = []
    for f in glob.glob("/usr/share/games/fortunes/*.u8"):
        if "ascii" in f:
            continue
        for para in open(f, encoding="utf8", errors="replace").read().split("\n%\n"):
            for s in re.split(r"[.!?;:,()\"\[\]]+|--", re.sub(r"\s+", " ", para)):
                s = s.strip(" '").lower().replace("’", "'").replace(" - ", " ")
                if (
                    re.fullmatch(r"[a-z' ]+", s)
                    and 3 <= len(s.split()) <= 10
                    and all(len(w.strip("'")) > 0 and len(w) < 16 for w in s.split())
                ):
                    out.append(s)
    return [s for s in sorted(set(out)) if held is None or (zlib.crc32(s.encode()) % 20 == 0) == held]


class EspeakPhones:
    """espeak-ng through its C API, with phoneme events: word starts, and word ends where a pause follows"""

    class Event(ctypes.Structure):
        class Id(ctypes.Union):
            _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]

        _fields_ = [
            ("type", ctypes.c_int),
            ("uid", ctypes.c_uint),
            ("text_position", ctypes.c_int),
            ("length", ctypes.c_int),
            ("audio_position", ctypes.c_int),
            ("sample", ctypes.c_int),
            ("user_data", ctypes.c_void_p),
            ("id", Id),
        ]

    def __init__(self):
        self.lib = ctypes.CDLL("libespeak-ng.so.1")
        self.rate = self.lib.espeak_Initialize(2, 0, None, 1)
        CB = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(self.Event))
        self.cb = CB(self._cb)
        self.lib.espeak_SetSynthCallback(self.cb)

    def _cb(self, wav, n, ev):
        if wav and n > 0:
            self.pcm.append(np.ctypeslib.as_array(wav, (n,)).copy())
        i = 0
        while ev[i].type != 0:
            t = ev[i].sample / self.rate
            if ev[i].type == 1:
                self.on.append((ev[i].text_position - 1, t))
            if ev[i].type == 7:
                self.ph.append((bytes(ev[i].id.string), t))
            i += 1
        return 0

    def __call__(self, text, voice, rate, pitch, rng_):
        self.pcm, self.on, self.ph = [], [], []
        if self.lib.espeak_SetVoiceByName(voice.encode()) != 0:
            raise ValueError(voice)
        for p, v in ((1, rate), (3, pitch), (4, rng_)):
            self.lib.espeak_SetParameter(p, v, 0)
        b = text.encode() + b"\0"
        self.lib.espeak_Synth(b, len(b), 0, 1, 0, 1, None, None)
        self.lib.espeak_Synchronize()
        x = resample_poly(np.concatenate(self.pcm).astype(np.float32) / 32768, 320, 441).astype(np.float32)
        starts = dict(reversed(self.on))
        words = [(m.start(), m.group().strip(",")) for m in re.finditer(r"\S+", text)]
        if words[0][0] not in starts:
            return x, None
        g = []
        for p, w in words:
            if p in starts:
                g.append([starts[p], None, [w]])
            else:
                g[-1][2].append(w)
        nz = np.nonzero(np.abs(x) > 0.004)[0]
        stop = nz[-1] / 16000 + 0.01 if len(nz) else len(x) / 16000
        for i, q in enumerate(g):
            nxt = g[i + 1][0] if i + 1 < len(g) else stop
            pz = [t for s, t in self.ph if s.startswith(b"_") and q[0] + 0.03 < t < nxt - 0.005]
            q[1] = min(pz[0], nxt) if pz else nxt
        if any(q[1] - q[0] < 0.03 for q in g):
            return x, None
        return x, [(a, b, " ".join(w)) for a, b, w in g]


_phones = {}


def flite(text, voice, stretch, f0):
    with tempfile.NamedTemporaryFile(suffix=".wav", dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as f:
        out = subprocess.run(
            [
                "flite",
                "-voice",
                voice,
                "-psdur",
                "--setf",
                f"duration_stretch={stretch}",
                "--setf",
                f"int_f0_target_mean={f0}",
                "-t",
                text,
                "-o",
                f.name,
            ],
            capture_output=True,
            text=True,
        ).stdout
        r, x = wavfile.read(f.name)
    x = x.astype(np.float32) / 32768
    if r != 16000:
        x = resample_poly(x, 16000, r).astype(np.float32)
    seg, t0 = [], 0.0
    for tok in out.split():  # "phone:end"
        p, _, e = tok.rpartition(":")
        seg.append((p, t0, float(e)))
        t0 = float(e)
    seg = [s for s in seg if s[0] != "pau"]
    g, i = [], 0
    for w in text.replace(",", "").split():
        if w not in _phones:
            o = subprocess.run(
                ["flite", "-voice", "kal", "-ps", "-t", w, "-o", "none"], capture_output=True, text=True
            ).stdout
            _phones[w] = sum(p != "pau" for p in o.split())
        n = _phones[w]
        if i + n > len(seg) or n == 0:
            return x, None
        g.append((seg[i][1], seg[i + n - 1][2], w))
        i += n
    return x, g if i == len(seg) and all(b - a > 0.02 for a, b, _ in g) else None


def main(out, n, seed, split="train"):
    rng = random.Random(seed)
    test = split == "test"
    es, sent, var = EspeakPhones(), sentences(test), variants()
    vocab = [w for w in open("/usr/share/dict/words").read().split() if re.fullmatch(r"[a-z]{2,10}", w)]
    print(len(sent), "sentences", len(vocab), "words", len(set(var)), "variants", flush=True)
    wavs, meta, t0, off, miss = [], [], time.time(), 0, 0
    while len(meta) < n:
        q = rng.random()
        u = (
            rng.choice(sent)
            if q < 0.72 or test
            else " ".join(rng.choice(vocab) for _ in range(rng.randint(3, 6)))
            if q < 0.86
            else G.first_turn(rng)
        )
        if rng.random() < 0.25 and " " in u:  # a comma: a natural pause
            w = u.split()
            k = rng.randint(1, len(w) - 1)
            w[k - 1] += ","
            u = " ".join(w)
        if rng.random() < 0.4:
            v = rng.choice(HELD_FLITE if test else FLITE)
            x, g = flite(
                u, v, round(rng.uniform(0.75, 1.25), 2), round({"slt": 170}.get(v, 105) * rng.uniform(0.75, 1.4))
            )
            v = "flite/" + v
        else:
            lang, vr = (
                (rng.choice(HELD_LANGS + LANGS), rng.choice(HELD_VARIANTS))
                if test
                else (rng.choice(LANGS), rng.choice(var))
            )
            v = lang + ("+" + vr if vr else "")
            x, g = es(u, v, rng.randint(115, 210), rng.randint(15, 85), rng.randint(15, 90))
        if g is None:
            miss += 1
            continue
        if not test and rng.random() < 0.5:  # another vocal tract: resampled (formants and pitch move together)
            k = rng.randint(84, 120)
            x = resample_poly(x, k, 100).astype(np.float32)
            g = [(a * k / 100, b * k / 100, w) for a, b, w in g]
        x = x / max(1e-3, np.abs(x).max())
        wavs.append((x * 32000).astype(np.int16))
        meta.append((u.replace(",", ""), v, off, len(x), g))
        off += len(x)
        if len(meta) % 1000 == 0:
            print(
                len(meta),
                f"{time.time()-t0:.0f}s seconds of speech {off/16000:.0f} without word times {miss}",
                flush=True,
            )
    np.save(out + ".npy", np.concatenate(wavs))
    pickle.dump(meta, open(out + ".pkl", "wb"))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:])
