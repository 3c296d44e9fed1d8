"""Ground truth for explanations of speech: held-out commands in held-out voices, with word times and what masking does to the answer.

    python3 spoken_heldout.py    -> fixtures/conversations/nano-spoken.json, fixtures/audio/spoken/*.wav

Speech comes from espeak-ng 1.51 (its C API, which reports word onsets) and flite 2.2 (its phone times), both as Debian 12 ships
them; neither the voices nor the commands were in training (synth.HELD_ESPEAK, synth.HELD_FLITE, grammar.held_out). Right answers
are the grammar's, for the whole command and for what is left of it. No model is asked.
"""
import json
import random
import numpy as np
from scipy.io import wavfile
import grammar as G
from heldout import decides
from paths import FIXTURES
from synth import Espeak, HELD_ESPEAK, HELD_FLITE, flite

ESPEAK_EACH, FLITE_EACH, SEED, RATE = 13, 10, 77, 16000
WORDS, SECONDS = range(5, 10), (1.5, 2.9)
FEW = 6
AUDIO = FIXTURES / "audio" / "spoken"
OUT = FIXTURES / "conversations" / "nano-spoken.json"


def command(rng, taken):
    while True:
        text = G.first_turn(rng)
        if text not in taken and len(text.split()) in WORDS and G.held_out(G.answer([G.words(text)])):
            return text


def spoken(rng, text, voice, espeak):
    """samples at 16 kHz with a little silence around them, and (start, end) of each word in seconds; None where a word has no time"""
    kind, _, name = voice.partition("/")
    if kind == "flite":
        x, spans = flite(text, name, round(rng.uniform(0.85, 1.1), 2), round(170 * rng.uniform(0.85, 1.3)))
    else:
        x, spans = espeak(text, name, rng.randint(145, 200), rng.randint(25, 75), rng.randint(20, 80))
    lead, tail = (int(rng.uniform(0.05, 0.2) * RATE), int(rng.uniform(0.05, 0.15) * RATE))
    x = np.concatenate([np.zeros(lead, np.float32), x, np.zeros(tail, np.float32)])
    x *= rng.uniform(0.4, 0.9) / max(1e-3, np.abs(x).max())
    x += np.random.RandomState(rng.randrange(2**31)).randn(len(x)).astype(np.float32) * 10 ** rng.uniform(-4.5, -2.5)
    return x, spans and [(a + lead / RATE, b + lead / RATE) for a, b in spans]


def masked(rng, ws, flags):
    """what is kept of the words, and the right answer to it: without each deciding word; and few words left, deciding or any"""
    n = len(ws)
    few = [i for i in range(n) if flags[i]]
    sets = [("one-removed", [i for i in range(n) if i != k]) for k in few]
    drawn = set()
    while len(drawn) < FEW:
        pool = few if rng.random() < 0.6 else range(n)
        drawn.add(tuple(sorted(rng.sample(list(pool), min(len(pool), rng.choice([1, 2, 2, 3]))))))
    sets += [("few-left", list(keep)) for keep in sorted(drawn) if len(keep) < n - 1]
    return [
        dict(kind=kind, keep=keep, answer=G.answer([G.words(" ".join(ws[i] for i in keep))])) for kind, keep in sets
    ]


def utterance(rng, number, voice, espeak, taken):
    while True:
        text = command(rng, taken)
        x, spans = spoken(rng, text, voice, espeak)
        if spans is None or not SECONDS[0] <= len(x) / RATE <= SECONDS[1]:
            continue
        taken.add(text)
        break
    name = f"spoken-{number:03}"
    wavfile.write(AUDIO / f"{name}.wav", RATE, np.round(np.clip(x, -1, 1) * 32767).astype(np.int16))
    ws, flags = text.split(), decides([text], 0)
    return dict(
        id=name,
        audio=f"../audio/spoken/{name}.wav",
        seconds=round(len(x) / RATE, 4),
        voice=voice,
        text=text,
        answer=G.answer([G.words(text)]),
        words=[dict(text=w, start=round(a, 4), end=round(b, 4)) for w, (a, b) in zip(ws, spans)],
        decides=flags,
        masked=masked(rng, ws, flags),
    )


def main():
    rng, espeak, taken = random.Random(SEED), Espeak(), set()
    AUDIO.mkdir(parents=True, exist_ok=True)
    voices = ["espeak/" + "+".join(v) for v in HELD_ESPEAK for _ in range(ESPEAK_EACH)]
    voices += ["flite/" + v for v in HELD_FLITE for _ in range(FLITE_EACH)]
    found = [utterance(rng, i, voice, espeak, taken) for i, voice in enumerate(voices, 1)]
    about = (
        "Held-out commands in held-out synthetic voices for embedded:nano. words: seconds of the clip; decides[i]: removing words[i] "
        "alone changes the right answer; masked: what is kept of the words, and the right answer to that."
    )
    OUT.write_text(
        json.dumps(dict(about=about, made_by="scripts/train-nano/spoken_heldout.py", utterances=found), indent=1) + "\n"
    )
    size = sum(f.stat().st_size for f in AUDIO.glob("*.wav"))
    print(len(found), "utterances;", sum(len(u["masked"]) for u in found), f"masked; {size / 1e6:.2f} MB of audio")


if __name__ == "__main__":
    main()
