"""Clips with known word times as files: OUT/0001.wav … and OUT/truth.json, [{wav, voice, text, groups: [[start s, end s, "words"]]}].

    python3 dump.py synthetic CTC_TEST OUT     CTC_TEST.npy/.pkl as ../train-nano/ctc_synth.py writes them (split "test": held-out voices and sentences)
    python3 dump.py real REAL.pkl OUT          as ../train-nano/ctc_real.py writes it: real recordings, times of an independent aligner

Synthetic clips get ROOM (0.2) seconds of room before and after and white noise of 1e-4 to 5e-3, as in ../train-nano/ctc_eval.py. Needs numpy and scipy.
"""
import json
import os
import pickle
import sys
from pathlib import Path

import numpy as np
from scipy.io import wavfile

ROOM = float(os.environ.get("ROOM", 0.2))


def synthetic(stem):
    wave, noise = np.load(stem + ".npy"), np.random.RandomState(0)
    for text, voice, offset, length, groups in pickle.load(open(stem + ".pkl", "rb")):
        speech = wave[offset : offset + length].astype(np.float32) / 40000
        quiet = np.zeros(int(ROOM * 16000), np.float32)
        level = 10 ** noise.uniform(-4, -2.3)
        clip = np.concatenate([quiet, speech, quiet])
        clip = clip + noise.randn(len(clip)).astype(np.float32) * level
        kind = voice if voice.startswith(("flite", "fest")) else "espeak"
        yield kind, text, clip, [(start + ROOM, end + ROOM, words) for start, end, words in groups]


def real(path):
    for name, clip, groups, text in pickle.load(open(path, "rb")):
        if groups:
            yield f"real: {name}", text, clip, groups


def main(source, stem, out):
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    truth = []
    for kind, text, clip, groups in {"synthetic": synthetic, "real": real}[source](stem):
        wav = f"{len(truth) + 1:04d}.wav"
        wavfile.write(folder / wav, 16000, np.clip(clip, -1, 1).astype(np.float32))
        truth.append({"wav": wav, "voice": kind, "text": text, "groups": [[float(a), float(b), words] for a, b, words in groups]})
    (folder / "truth.json").write_text(json.dumps(truth))
    print(len(truth), "clips in", folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
