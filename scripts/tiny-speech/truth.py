"""What torch says of a tiny model, asked without our code: features, rows, embeddings, logits, an answer, and Shapley values by enumeration."""
import base64
import itertools
import math
import wave

import numpy as np
import torch

RATE = 16000
FADE = 80
LEAST = 400


def read_wav(path):
    with wave.open(path) as file:
        assert file.getframerate() == RATE and file.getnchannels() == 1 and file.getsampwidth() == 2
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.float32) / 32768


def packed(array):
    array = np.ascontiguousarray(array, dtype="<f4")
    return {"shape": list(array.shape), "data": base64.b64encode(array.tobytes()).decode()}


def sampled(array, every=97):
    """Every so manyth number of an array that is large."""
    return {"shape": list(array.shape), "every": every, "values": packed(array.reshape(-1)[::every])}


def stretches(edges, kept):
    out = []
    for (start, end), keep in zip(zip(edges, edges[1:]), kept):
        if not keep:
            continue
        if out and out[-1][1] == start:
            out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return out


def silenced(samples, edges, kept):
    """Kept stretches in their place, faded in and out over 5 ms at their cuts."""
    out = np.zeros(len(samples), dtype=np.float64)
    for start, end in stretches(edges, kept):
        ramp = min(FADE, (end - start) // 2)
        n = np.arange(start, end)
        rise = np.ones(len(n)) if start == 0 else np.minimum(1, (n - start + 0.5) / ramp)
        fall = np.ones(len(n)) if end == len(samples) else np.minimum(1, (end - n - 0.5) / ramp)
        out[start:end] = samples[start:end] * np.minimum(rise, fall)
    return out.astype(np.float32)


def dropped(samples, edges, kept):
    """Kept stretches one after the other, cross-faded over 5 ms at their cuts."""
    parts = stretches(edges, kept)
    out = np.zeros(0)
    for i, (start, end) in enumerate(parts):
        piece = samples[start:end].astype(np.float64)
        if i > 0:
            before = parts[i - 1]
            over = min(FADE, (before[1] - before[0]) // 2, (end - start) // 2)
            rise = (np.arange(over) + 0.5) / over
            out[len(out) - over:] = out[len(out) - over:] * (1 - rise) + piece[:over] * rise
            piece = piece[over:]
        out = np.concatenate([out, piece])
    return out.astype(np.float32)


def long_enough(samples, least):
    return np.pad(samples, (0, max(0, least - len(samples))))


def words_of(text, start):
    """[start, end) of each word of a text that stands at `start`."""
    spans, at = [], 0
    for word in text.split():
        begin = text.index(word, at)
        at = begin + len(word)
        spans.append((start + begin, start + at))
    return spans


def shapley(value, n):
    """Over all coalitions: `value` of a tuple of 0 and 1."""
    weights = [math.factorial(k) * math.factorial(n - k - 1) / math.factorial(n) for k in range(n)]
    values = np.zeros(n)
    for coalition in itertools.product((0, 1), repeat=n):
        size = sum(coalition)
        v = value(coalition)
        for i in range(n):
            values[i] += weights[size - 1] * v if coalition[i] else -weights[size] * v
    return values


class Truth:
    """
    One clip between two texts. `rows(samples)` gives the encoding of a waveform as torch, `embed` and `logits(embeddings)` are the decoder's.
    `rendering`: text of the prompt with one `placeholder`; `sound`: frames of a waveform, `frame_samples` apart, which is filled up to `least` samples. `row_width`: numbers of a row that are the encoder's, where more go to the decoder. `before`, `after`: ids that stand around the clip's rows whenever it is heard.
    """

    def __init__(self, *, tokenizer, rendering, texts, placeholder, before, clip, token_samples, segment_tokens, features, rows, embed, logits, end_ids, steps, after=(), rows_per_token=1, row_width=None, sound=lambda samples: len(samples) // 160, frame_samples=160, least=LEAST):
        self.__dict__.update(locals())
        self.place = tokenizer.token_to_id(placeholder)
        encoding = tokenizer.encode(rendering, add_special_tokens=False)
        self.ids, self.offsets = encoding.ids, encoding.offsets
        audio = self.ids.index(self.place)
        first = rendering.index(texts[0] + placeholder + texts[1])
        spans = words_of(texts[0], first)
        more = words_of(texts[1], first + len(texts[0]) + len(placeholder))
        tokens = math.ceil(sound(long_enough(clip, least)) / (token_samples // frame_samples))
        cuts = [t for t in range(0, tokens, segment_tokens)]
        # What is left at the end is a segment of its own from half the length on.
        segments = max(1, round(len(clip) / (segment_tokens * token_samples)))
        self.edges = [t * token_samples for t in cuts[:segments]] + [len(clip)]
        self.players = [("word", self.tokens_in(span)) for span in spans] + [("segment", i) for i in range(segments)] + [("word", self.tokens_in(span)) for span in more]
        self.audio = audio
        self.tokens = tokens

    def tokens_in(self, span):
        """Tokens whose first character that is no blank lies in the span."""
        found = []
        for i, (start, end) in enumerate(self.offsets):
            text = self.rendering[start:end]
            at = start + len(text) - len(text.lstrip())
            if text.strip() and span[0] <= at < span[1] and self.ids[i] != self.place:
                found.append(i)
        return found

    def heard(self, kept, mask):
        """Rows of the clip in the prompt, null where it is not heard."""
        if all(kept):
            return self.whole
        if mask == "embedding":
            if not any(kept):
                return None
            segment_of = lambda r: next((i for i, end in enumerate(self.edges[1:]) if (r // self.rows_per_token + 0.5) * self.token_samples < end), len(kept) - 1)
            frames = self.sound(long_enough(self.clip, self.least))
            step = self.token_samples // self.frame_samples
            return self.whole[[r for r in range(len(self.whole)) if r // self.rows_per_token * step >= frames or kept[segment_of(r)]]]
        if mask == "silence":
            return self.rows(long_enough(silenced(self.clip, self.edges, kept), self.least))
        return self.rows(long_enough(dropped(self.clip, self.edges, kept), self.least)) if any(kept) else None

    def prompt(self, coalition, mask):
        gone = {t for (kind, what), keep in zip(self.players, coalition) if kind == "word" and not keep for t in what}
        kept = tuple(keep for (kind, _), keep in zip(self.players, coalition) if kind == "segment")
        key = (mask, kept)
        if key not in self.cache:
            self.cache[key] = self.heard(kept, mask)
        rows = self.cache[key]
        kept_ids = lambda ids, first: [token for i, token in enumerate(ids, first) if i not in gone]
        left, right = kept_ids(self.ids[: self.audio], 0), kept_ids(self.ids[self.audio + 1 :], self.audio + 1)
        if rows is None:
            return self.embed(left + right)
        return torch.cat([self.embed(self.joined(left, self.before)), rows, self.embed(self.joined(self.after, right))])

    def joined(self, left, right):
        """Two runs of ids, line breaks that meet written as the tokeniser writes them together."""
        if not left or not right or self.tokenizer.decode([left[-1], right[0]], skip_special_tokens=False).strip("\n"):
            return [*left, *right]
        return [*left[:-1], *self.tokenizer.encode(self.tokenizer.decode([left[-1], right[0]]), add_special_tokens=False).ids, *right[1:]]

    def log_probabilities(self, prompt, answer):
        logits = self.logits(torch.cat([prompt, self.embed(answer[:-1])]) if len(answer) > 1 else prompt)
        scores = torch.log_softmax(logits.double(), -1)
        return [float(scores[len(prompt) - 1 + t, token]) for t, token in enumerate(answer)]

    def tell(self):
        with torch.no_grad():
            self.whole = self.rows(self.clip)
            self.cache = {}
            full = (1,) * len(self.players)
            prompt = self.prompt(full, "drop")
            answer = []
            while len(answer) < self.steps:
                logits = self.logits(torch.cat([prompt, self.embed(answer)]) if answer else prompt)[-1]
                if not answer:
                    first = logits
                answer.append(int(logits.argmax()))
                if answer[-1] in self.end_ids:
                    break
            told = {
                "ids": self.ids, "rendering": self.rendering, "texts": self.texts, "audio_tokens": self.tokens,
                "players": [kind for kind, _ in self.players], "edges": self.edges,
                "features": sampled(self.features(self.clip)), "rows": packed(self.whole[:, : self.row_width].numpy()),
                "embeddings": packed(prompt.numpy()), "logits": packed(first.numpy()),
                "answer": answer, "log_probabilities": self.log_probabilities(prompt, answer), "masks": {},
            }
            for mask in ("drop", "silence", "embedding"):
                value = lambda coalition: float(np.mean(np.maximum(self.log_probabilities(self.prompt(coalition, mask), answer), -100)))
                first_segment = next(i for i, (kind, _) in enumerate(self.players) if kind == "segment")
                without = tuple(0 if i == first_segment else 1 for i in range(len(full)))
                told["masks"][mask] = {
                    "first_segment_gone": self.log_probabilities(self.prompt(without, mask), answer),
                    "full": value(full), "empty": value((0,) * len(full)), "shapley": list(shapley(value, len(full))),
                }
        return told
