"""The published generation loops (sequential, interleaved), in torch, for measuring."""
import torch
from speaker import AUDIO_START, END, N_AUDIO, N_TEXT, TEXT_END

IM_END = 7


class Stepper:
    """feeds the decoder; text and frames by turns"""

    def __init__(self, dec, speech, x):
        self.dec, self.speech, self.past, self.total = dec, speech, dec.empty_past(1), 0
        self.feed(x)

    def feed(self, x):
        self.total += x.shape[1]
        h, self.past = self.dec(x, torch.ones(1, self.total, dtype=torch.long), self.past)
        self.hidden = h[:, -1]

    def token(self):
        return int(self.dec.logits(self.hidden).argmax())

    def feed_token(self, t):
        self.feed(self.dec.embed(torch.tensor([[t]])))

    def feed_frame(self, f):
        self.feed(self.speech.embed_frames(torch.tensor([[f]])))


def top_k(temperature, k, seed):
    """a `pick` for Speech.frame that samples as published"""
    g = torch.Generator().manual_seed(seed)

    def pick(logits):
        logits = logits / temperature
        floor = logits.topk(k, -1).values[:, -1:]
        return torch.multinomial(torch.softmax(logits.masked_fill(logits < floor, -torch.inf), -1), 1, generator=g)[
            :, 0
        ]

    return pick


@torch.no_grad()
def sequential(dec, speech, x, limit=96, **how):
    """embeddings [1,S,H] -> (text ids, the closing one included; frames, the end frame included)"""
    s, text, frames, speaking = Stepper(dec, speech, x), [], [], False
    for _ in range(limit):
        if not speaking:
            t = s.token()
            text.append(t)
            speaking = t == AUDIO_START
            if t == IM_END:
                break
            s.feed_token(t)
        else:
            f = speech.frame(s.hidden, **how)
            if f[0] == END:
                f, speaking = [END] * 8, False
            frames.append(f)
            s.feed_frame(f)
    return text, frames


@torch.no_grad()
def interleaved(dec, speech, x, limit=96, **how):
    """embeddings [1,S,H] -> (text ids, frames), the closing <|im_end|> not among them"""
    s, text, frames, speaking, left, done = Stepper(dec, speech, x), [], [], False, N_TEXT, False
    for _ in range(limit):
        left -= 1
        if not speaking:
            t = s.token()
            if t == IM_END:
                break
            text.append(t)
            done = done or t == TEXT_END
            if left == 0 or done:
                speaking, left = True, N_AUDIO
            s.feed_token(t)
        else:
            f = speech.frame(s.hidden, **how)
            if left == 0 and not done:
                speaking, left = False, N_TEXT
            if f[0] == END:
                f, speaking = [END] * 8, False
            frames.append(f)
            s.feed_frame(f)
    return text, frames
