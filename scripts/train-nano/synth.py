"""Text-to-speech corpus: espeak-ng (through its C API, which reports word onsets) and flite.

    python3 synth.py OUT N SEED train|test|ood|extra

Writes un-normalised log-mel frames (float16, [sum T, 128]), and per utterance its text, voice, offset,
length and word (start, end) times in mel frames.  Un-normalised, so that training can drop words *as the
explainer will* (silence in the waveform = log(2^-24) in every bin) before normalising.
"""
import ctypes
import os
import re
import subprocess
import sys
import random
import tempfile
import time
import numpy as np
from scipy.io import wavfile
from scipy.signal import resample_poly
import grammar as G
from mel import log_mel

LANGS = ["gmw/en-US", "gmw/en", "gmw/en-GB-scotland", "gmw/en-GB-x-rp", "gmw/en-029", "gmw/en-US-nyc"]
VARIANTS = [
    "",
    *(
        "m1 m2 m3 m4 m5 m7 m8 f1 f2 f3 f5 Alex Andy Alicia Andrea Gene Hugo Lee Marco Michael Mike adam "
        "antonio belinda benjamin caleb david ed edward grandma iven john kaukovalta klatt klatt2 klatt3 "
        "max norbert paul robert sandro shelby steph travis victor zac"
    ).split(),
]
HELD_ESPEAK = [
    ("gmw/en-GB-x-gbclan", "m6"),
    ("gmw/en-US", "linda"),
    ("gmw/en-US", "f4"),
    ("gmw/en-GB-x-gbcwmd", "Annie"),
]
FLITE = ["kal", "kal16", "awb", "rms"]
HELD_FLITE = ["slt"]
FEMALE = "f1 f2 f3 f5 belinda Alicia Andrea grandma steph steph2 steph3 shelby anika aunty whisperf".split()


class Espeak:
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
        self.rate = self.lib.espeak_Initialize(2, 0, None, 0)  # 2 = AUDIO_OUTPUT_SYNCHRONOUS
        CB = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(self.Event))
        self.cb = CB(self._cb)
        self.lib.espeak_SetSynthCallback(self.cb)

    def _cb(self, wav, n, ev):
        if wav and n > 0:
            self.pcm.append(np.ctypeslib.as_array(wav, (n,)).copy())
        i = 0
        while ev[i].type != 0:
            if ev[i].type == 1:
                self.onsets.append((ev[i].text_position - 1, ev[i].audio_position / 1000))
            i += 1
        return 0

    def __call__(self, text, voice, rate, pitch, rng_):
        self.pcm, self.onsets = [], []
        if self.lib.espeak_SetVoiceByName(voice.encode()) != 0:
            raise ValueError(voice)
        for p, v in ((1, rate), (3, pitch), (4, rng_)):
            self.lib.espeak_SetParameter(p, v, 0)
        b = text.encode() + b"\0"
        self.lib.espeak_Synth(b, len(b), 0, 1, 0, 1, None, None)  # 1 = POS_CHARACTER, flags 1 = UTF8
        self.lib.espeak_Synchronize()
        x = np.concatenate(self.pcm).astype(np.float32) / 32768
        x = resample_poly(x, 320, 441).astype(np.float32)  # 22.05 -> 16 kHz
        starts = {p: t for p, t in self.onsets}
        spans = [m.start() for m in re.finditer(r"\S+", text)]
        on = [starts.get(s) for s in spans]
        energy_end = len(x) / 16000
        nz = np.nonzero(np.abs(x) > 0.004)[0]
        if len(nz):
            energy_end = min(energy_end, nz[-1] / 16000 + 0.02)
        for i, o in enumerate(on):  # a cliticised word has no event of its own
            if o is None:
                on[i] = None
        if any(o is None for o in on):
            return x, None
        return x, [(a, b) for a, b in zip(on, on[1:] + [energy_end])]


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
    seg = []
    t0 = 0.0
    for tok in out.split():  # "phone:end"
        p, _, e = tok.rpartition(":")
        e = float(e)
        seg.append((p, t0, e))
        t0 = e
    seg = [s for s in seg if s[0] != "pau"]
    spans, i = [], 0
    for w in text.split():
        if w not in _phones:
            o = subprocess.run(
                ["flite", "-voice", "kal", "-ps", "-t", w, "-o", "none"], capture_output=True, text=True
            ).stdout
            _phones[w] = sum(p != "pau" for p in o.split())
        n = _phones[w]
        if i + n > len(seg) or n == 0:
            return x, None
        spans.append((seg[i][1], seg[i + n - 1][2]))
        i += n
    return x, spans if i == len(seg) else None


def shifted(rng, es, u):
    """split "extra": voices made by resampling, which moves formants and pitch together (factor f), with the tempo put back.
    Half are flite's men turned into women or children, half espeak's women over a wide range of pitch and speed."""
    if rng.random() < 0.55:
        v = rng.choice(["rms", "rms", "awb", "awb", "kal16", "kal"])
        f, f0 = (
            (rng.uniform(1.08, 1.28), rng.uniform(140, 240))
            if rng.random() < 0.8
            else (rng.uniform(0.86, 1.0), rng.uniform(75, 160))
        )
        x, sp = flite(u, v, round(f * rng.uniform(0.8, 1.25), 2), round(f0 / f))
        v = "flite/" + v
    else:
        v = rng.choice(LANGS) + "+" + rng.choice(FEMALE)
        f = rng.uniform(0.92, 1.15)
        x, sp = es(u, v, round(rng.uniform(115, 205) / f), rng.randint(25, 90), rng.randint(15, 90))
        v = "espeak/" + v
    n = round(100 * f)
    return resample_poly(x, 100, n).astype(np.float32), f"{v}*{n}", sp and [(a * 100 / n, b * 100 / n) for a, b in sp]


def texts(rng, want_held):
    """Spoken requests; about a fifth are second turns ('and the bedroom lamp too')."""
    while True:
        u = G.first_turn(rng)
        if rng.random() < 0.22:
            u = G.follow_turn(rng, u)
            if want_held:
                yield u
                continue
        held = G.held_out(G.answer([G.words(u)]))
        if held == want_held or (want_held and rng.random() < 0.15 and G.intent(G.parse(G.words(u))) == "fact"):
            yield u


def main(out, n, seed, split):
    rng = random.Random(seed)
    es, src = Espeak(), texts(rng, split == "test")
    if split == "ood":  # speech about something else: "sorry, i did not get that"
        from ctc_synth import sentences

        other = [s for s in sentences() if not G.parse(G.words(s)) and len(s.split()) <= 8]
        src = iter(lambda: rng.choice(other), None)
    mels, meta, t0, off, bad = [], [], time.time(), 0, 0
    for k in range(n):
        u = next(src)
        use_flite = rng.random() < 0.3
        held_voice = split == "test" and rng.random() < 0.6
        if split == "extra":
            x, v, sp = shifted(rng, es, u)
        elif use_flite:
            v = rng.choice(HELD_FLITE if held_voice else FLITE)
            x, sp = flite(
                u, v, round(rng.uniform(0.8, 1.25), 2), round({"slt": 170}.get(v, 105) * rng.uniform(0.75, 1.5))
            )
            v = "flite/" + v
        else:
            lang, var = rng.choice(HELD_ESPEAK) if held_voice else (rng.choice(LANGS), rng.choice(VARIANTS))
            v = lang + ("+" + var if var else "")
            x, sp = es(u, v, rng.randint(130, 200), rng.randint(20, 80), rng.randint(20, 80))
            v = "espeak/" + v
        lead = int(rng.uniform(0, 0.2) * 16000)
        x = np.concatenate([np.zeros(lead, np.float32), x, np.zeros(int(rng.uniform(0, 0.1) * 16000), np.float32)])
        x *= rng.uniform(0.3, 0.9) / max(1e-3, np.abs(x).max())
        x += np.random.RandomState(seed + k).randn(len(x)).astype(np.float32) * 10 ** rng.uniform(-4.5, -2.3)
        m = log_mel(x)
        bad += sp is None
        spans = [(round((a + lead / 16000) * 100), round((b + lead / 16000) * 100)) for a, b in sp] if sp else None
        mels.append(m.astype(np.float16))
        meta.append((u, v, held_voice, off, len(m), spans))
        off += len(m)
        if k % 1000 == 999:
            print(k + 1, f"{time.time()-t0:.0f}s  frames {off}  without word times {bad}", flush=True)
    np.save(out + ".npy", np.concatenate(mels))
    import pickle

    pickle.dump(meta, open(out + ".pkl", "wb"))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
