"""Spoken answers as the language model sees them: text tokens and audio frames in the order of the published generation loops."""
import random
import numpy as np
import grammar as G
from data import BOS, IM_END, PAD
from voice import sentence_units, vocabulary

AUDIO_START, TEXT_END = 128, 130
N_TEXT, N_AUDIO = 6, 12  # interleaved_n_text, interleaved_n_audio
CODEBOOKS, END = 8, 2048


class Speaker:
    def __init__(self, tok, maker, codes):
        """codes: {'word/tone' or 'silence': [8, frames]} as codec_train.py writes them"""
        self.tok, self.mk = tok, maker
        self.codes = {k: np.asarray(v, np.int64).T for k, v in codes.items()}

    def frames(self, text):
        """-> [n, 8] codes, the end frame last"""
        parts = [self.codes["silence" if u is None else "/".join(u)] for u in sentence_units(text)]
        return np.concatenate([*parts, np.full((1, CODEBOOKS), END)])

    def interleave(self, seq, answer, loss):
        """appends an interleaved answer and the closing <|im_end|> to `seq`, its range to `loss`; -> [(position, codes)]

        Six text tokens, twelve frames, and so on; after <|text_end|> sound until its end frame."""
        text, sound = self.tok.encode(answer) + [TEXT_END], list(self.frames(answer))
        start, out, speaking, left, done = len(seq), [], False, N_TEXT, False
        while True:
            left -= 1
            if not speaking:
                if done:
                    break
                seq.append(text.pop(0))
                done = seq[-1] == TEXT_END
                if left == 0 or done:
                    speaking, left = True, N_AUDIO
            else:
                if left == 0 and not done:
                    speaking, left = False, N_TEXT
                out.append((len(seq), sound.pop(0)))
                seq.append(PAD)
                if out[-1][1][0] == END:
                    assert done, "the sound ended before the text"
                    speaking = False
        seq.append(IM_END)
        loss.append((start, len(seq)))
        return out

    def speak(self, text, system=None):
        """one text-to-speech turn: <|audio_start|>, frames, end frame, <|im_end|>"""
        mk, r = self.mk, self.mk.rng
        prompt = system or r.choice(G.SPEAK)
        typed = G.respell(r, text) if mk.train and r.random() < 0.1 else text
        seq = [BOS] + mk.role["system"] + self.tok.encode(prompt) + [IM_END] + mk.nl
        seq += mk.role["user"] + self.tok.encode(typed) + [IM_END] + mk.nl + mk.role["assistant"]
        start = len(seq)
        seq.append(AUDIO_START)
        frames = list(enumerate(self.frames(text), len(seq)))
        seq += [PAD] * len(frames) + [IM_END]
        return dict(
            ids=seq,
            audio=[],
            ctc=[],
            loss=[(start, len(seq))],
            frames=frames,
            answer=text,
            plen=start,
            desc=[("tts", "", text, [])],
        )

    def any_line(self, r: random.Random):
        """an answer of the grammar that was not held out, some words of it swapped for any others, or words in any order"""
        k = r.random()
        if k < 0.2:
            return " ".join(r.choice(vocabulary()) for _ in range(r.randint(1, 8)))
        if k < 0.65:
            ws = G.words(self.any_answer(r))
            for i in r.sample(range(len(ws)), min(len(ws), r.choice([1, 1, 2]))):
                ws[i] = r.choice(vocabulary())
            if not G.held_out(" ".join(ws)):
                return " ".join(ws)
        return self.any_answer(r)

    def any_answer(self, r):
        while True:
            first = G.first_turn(r)
            keep = 1.0 if r.random() < 0.6 else 0.6
            answer = G.answer([[w for w in G.words(first) if r.random() < keep]])
            if not G.held_out(answer):
                return answer
