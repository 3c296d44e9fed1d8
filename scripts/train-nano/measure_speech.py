"""Is what nano says understood, and is it the right answer?

    python3 measure_speech.py [N] [--wav FOLDER]

The listener is pocketsphinx, which knows nothing of nano: it picks one of the grammar's answers (about a thousand; chance 0.1 %).
Debian: python3-pocketsphinx pocketsphinx-en-us
"""
import sys
import tempfile
import time
import numpy as np
import torch
from pocketsphinx import Decoder
from scipy.io import wavfile
from scipy.signal import resample_poly
import grammar as G
from checkpoint import load_detokenizer, load_nano, load_speech, tokenizer, unit_codes
from codec import RATE, wave
from data import Corpus, Maker
from generate import interleaved, sequential, top_k
from paths import DATA, WEIGHTS
from speaker import END, Speaker
from train_speech import speech_sets
from voice import answers, speech as units_of

MODEL = "/usr/share/pocketsphinx/model/en-us/"


class Listener:
    def __init__(self):
        self.choices = sorted({" ".join(G.words(a)) for a in answers(60000)})
        c = Decoder.default_config()
        for k, v in (("-hmm", MODEL + "en-us"), ("-dict", MODEL + "cmudict-en-us.dict"), ("-logfn", "/dev/null")):
            c.set_string(k, v)
        for k, v in (("-beam", 1e-80), ("-pbeam", 1e-80), ("-wbeam", 1e-60)):
            c.set_float(k, v)
        self.decoder = Decoder(c)
        with tempfile.NamedTemporaryFile("w", suffix=".jsgf") as f:
            f.write(f"#JSGF V1.0;\ngrammar g;\npublic <s> = {' | '.join(self.choices)};\n")
            f.flush()
            self.decoder.set_jsgf_file("g", f.name)
        self.decoder.set_search("g")

    def hear(self, x):
        """[n] at 24 kHz -> words"""
        if not len(x) or np.abs(x).max() < 1e-4:
            return []
        x = resample_poly(x, 2, 3)
        x = np.pad(x / np.abs(x).max() * 0.8, 4800) + np.random.RandomState(1).randn(len(x) + 9600) * 3e-4
        self.decoder.start_utt()
        self.decoder.process_raw((np.clip(x, -1, 1) * 32000).astype("<i2").tobytes(), False, True)
        self.decoder.end_utt()
        h = self.decoder.hyp()
        return h.hypstr.split() if h else []


def prompt(model, e):
    """a test example's prompt as embeddings [1,S,H] (spoken history included)"""
    x = model.dec.embed(torch.tensor([e["ids"][: e["plen"]]]))
    for p, m in e["audio"]:
        f, _ = model.enc(torch.from_numpy(m)[None], torch.tensor([len(m)]))
        x[0, p : p + f.shape[1]] = f[0]
    return x


class Bench:
    def __init__(self):
        self.tok, self.model = tokenizer(), load_nano(WEIGHTS / "nano.npz")
        self.speech, self.detokenizer = load_speech(WEIGHTS / "speech.npz"), load_detokenizer(WEIGHTS / "codec.npz")
        self.codes, self.listener = unit_codes(WEIGHTS / "codec.npz"), Listener()
        self.speaker = Speaker(self.tok, Maker(self.tok, None, 0, train=False), self.codes)

    def sound(self, frames):
        """codes [n][8], the end frame dropped -> samples"""
        f = [[min(c, 2047) for c in x] for x in frames if x[0] != END]
        return wave(self.detokenizer(torch.tensor(f).T[None])[0]) if f else np.zeros(0)

    def answer(self, e, loop, **how):
        with torch.no_grad():
            x = prompt(self.model, e)
            at, codes = [p for p, _ in e["frames"] if p < e["plen"]], [c for p, c in e["frames"] if p < e["plen"]]
            if at:
                x[0, at] = self.speech.embed_frames(torch.as_tensor(np.stack(codes)))
            return loop(self.model.dec, self.speech, x, **how)

    def row(self, name, examples, loop, keep=None, **how):
        """prints: text right, frames exactly as taught, understood by the listener"""
        text = exact = heard = 0
        for i, e in enumerate(examples):
            ids, frames = self.answer(e, loop, **how)
            want = self.speaker.frames(e["answer"])
            text += self.tok.decode(ids) == ("" if loop is sequential else e["answer"])
            exact += len(frames) == len(want) and bool((np.array(frames) == want).all())
            x = self.sound(frames)
            heard += self.listener.hear(x) == G.words(e["answer"])
            if keep and i < 6:
                wavfile.write(f"{keep}/{name.replace(' ', '-').replace(',', '')}-{i}.wav", RATE, x.astype(np.float32))
        n = len(examples)
        print(f"{name:52} text {text / n:.3f}  frames {exact / n:.3f}  understood {heard / n:.3f}  (n={n})", flush=True)

    def ceiling(self, texts):
        """how well the voice itself is understood: before and after the codec"""
        for name, say in (
            ("voice before the codec", units_of),
            ("voice through the codec", lambda t: self.sound(self.speaker.frames(t))),
        ):
            right = sum(self.listener.hear(say(t)) == G.words(t) for t in texts)
            print(f"{name:52} understood {right / len(texts):.3f}  (n={len(texts)})", flush=True)


def main(n=60, keep=None):
    torch.set_num_threads(1)
    b, t0 = Bench(), time.time()
    sets = speech_sets(b.tok, Corpus(str(DATA / "test")), b.codes, n)
    b.ceiling([e["answer"] for e in sets["interleaved, typed"]])
    for name, examples in sets.items():
        if name == "text to speech":  # words in any order are not among the listener's choices
            examples = [e for e in examples if " ".join(G.words(e["answer"])) in set(b.listener.choices)]
        loop = sequential if name.startswith("text") else interleaved
        b.row(name, examples, loop, keep)
        sampled = dict(temperature=0.8, k=64) if loop is sequential else dict(temperature=1.0, k=4)
        b.row(name + ", sampled", examples, loop, pick=top_k(**sampled, seed=1))
    print(f"{time.time() - t0:.0f} s")


if __name__ == "__main__":
    folder = sys.argv[sys.argv.index("--wav") + 1] if "--wav" in sys.argv else None
    main(int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 60, folder)
