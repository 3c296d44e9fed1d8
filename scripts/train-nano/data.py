"""Training conversations: token/audio sequences with exact labels, complete or with words missing."""
import pickle
import random
import numpy as np
import grammar as G
from scipy.signal import lfilter
from mel import GUARD, SILENCE, finish, normalize, warp_positions, _mel2hz, _hz2mel
from tokenizer import Tokenizer

BOS, IM_START, IM_END, PAD = 1, 6, 7, 0
JUNK = ["xyzzy", "blorp", "tuesday", "music", "window", "quickly", "zebra", "seventeen", "car"]


class Corpus:
    """cached log-mels + texts of one split (or of several, joined)"""

    def __init__(self, *paths):
        self.mel = [np.load(p + ".npy", mmap_mode=None) for p in paths]
        metas = [pickle.load(open(p + ".pkl", "rb")) for p in paths]
        self.src = [i for i, m in enumerate(metas) for _ in m]
        self.meta = [x for m in metas for x in m]
        kinds = [G.parse(G.words(m[0])) for m in self.meta]
        self.first = [i for i, m in enumerate(self.meta) if m[0].split()[0] not in ("and", "now")]
        self.follow = {
            "fact": [
                i
                for i, m in enumerate(self.meta)
                if G.answer([G.words(m[0])]).startswith(("what about", "the color of", "the sound of", "the legs of"))
                and G.intent(kinds[i]) == "fact"
            ],
            "home": [
                i for i, m in enumerate(self.meta) if "?" in G.answer([G.words(m[0])]) and G.intent(kinds[i]) != "fact"
            ],
        }

    def frames(self, k):
        off, n = self.meta[k][3:5]
        return self.mel[self.src[k]][off : off + n].astype(np.float32)


class Maker:
    tail = True  # the zero frame that the published front end counts

    def __init__(self, tok, corpus, seed, train=True, ood=None):
        self.tok, self.c, self.rng, self.train, self.ood = tok, corpus, random.Random(seed), train, ood
        try:
            self.dict = [
                w
                for w in open("/usr/share/dict/words").read().split()
                if w.isalpha() and w.isascii() and w.islower() and len(w) < 11
            ]
        except OSError:
            self.dict = JUNK
        self.np = np.random.RandomState(seed)
        self.nl = tok.encode("\n")
        self.role = {r: [IM_START] + tok.encode(r + "\n") for r in ("system", "user", "assistant")}

    # ---- text turns -------------------------------------------------------------------------------------------
    def text(self, s, mask, ctc_like):
        """-> (token ids, remaining words)"""
        r = self.rng
        if ctc_like:  # looks like the audio encoder's CTC path: repeats and blanks
            ws = s.split()
            if mask:
                p = r.random()
                ws = [w for w in ws if r.random() > p]
            ids = [PAD] * r.randint(0, 3)
            for w in ws:
                ids += [self.tok.encode(" " + w)[0]] * r.choice([1, 1, 2]) + [PAD] * r.choice([0, 1, 2, 3])
            return ids, ws
        if self.train and r.random() < 0.04:
            w = s.split()
            w.insert(r.randint(0, len(w)), r.choice(JUNK + [r.choice(self.dict)]))
            s = " ".join(w)
        s = G.dress(r, s)
        if mask and self.train and r.random() < 0.4:  # one word that matters dropped, or only one to three words left
            w = s.split()
            key = [i for i, x in enumerate(w) if G.parse(G.words(x))]
            if key and r.random() < 0.5:
                del w[r.choice(key)]
            else:
                w = [
                    w[i]
                    for i in sorted(
                        r.sample(range(len(w)), min(len(w), r.choice([1, 1, 1, 2, 3])))
                        if not key or r.random() < 0.3
                        else r.sample(key, min(len(key), r.choice([1, 1, 1, 2, 3])))
                    )
                ]
            return self.tok.encode(" ".join(w)), G.words(" ".join(w))
        if mask and r.random() < 0.5:  # words dropped, the rest joined again (so another word may come first)
            w = s.split()
            p = r.random() if r.random() < 0.6 else 1.2 / max(1, len(w))
            w = [x for x in w if r.random() > p]
            return self.tok.encode(" ".join(w)), G.words(" ".join(w))
        ids = self.tok.encode(s)
        if not mask:
            return ids, G.words(s)
        p, out, ws = r.random(), [], []
        fill = r.choice([None] * 7 + [PAD, self.tok.encode(" ...")[0], self.tok.encode("...")[0]])
        for i in ids:
            if r.random() > p:
                out.append(i)
                ws += G.words(self.tok.decode([i]))
            elif fill is not None:
                out.append(fill)
        return out, ws

    # ---- audio turns ------------------------------------------------------------------------------------------
    def augment(self, m, spans):
        """another vocal tract, tempo, room, channel or noise (all on un-normalised log-mels)"""
        r, n = self.rng, len(m)
        if r.random() < 0.75:
            x = np.clip(warp_positions(0.82 * 1.49 ** r.random()) + r.uniform(-1, 1), 0, 126.999)
            i = x.astype(int)
            f = (x - i).astype(np.float32)
            m = m[:, i] * (1 - f) + m[:, i + 1] * f
        if r.random() < 0.7:  # tempo
            a = r.uniform(0.78, 1.25)
            x = np.clip(np.arange(int(n * a)) / a, 0, n - 1.001)
            i = x.astype(int)
            f = (x - i).astype(np.float32)[:, None]
            m = m[i] * (1 - f) + m[i + 1] * f
            spans = spans and [(s * a, e * a) for s, e in spans]
        if r.random() < 0.75:
            pw = np.exp(m)
            if r.random() < 0.25:  # reverberation, 0.1..0.5 s
                d = 10 ** (-0.06 / r.uniform(0.1, 0.5))
                pw = (pw + 10 ** -r.uniform(0.3, 1.6) * lfilter([0, 0, 1 - d], [1, -d], pw, axis=0)).astype(np.float32)
            if r.random() < 0.35:  # tilt and a bump (they matter through the noise added next)
                t = np.linspace(-1, 1, 128)
                pw = pw * (
                    10 ** (r.uniform(-1.2, 1.2) * t + r.uniform(0, 0.6) * np.cos(r.uniform(1, 9) * t + r.uniform(0, 6)))
                ).astype(np.float32)
            if r.random() < 0.1:  # telephone band
                lo, hi = (_hz2mel(x) * 129 / _hz2mel(8000) for x in (r.uniform(150, 450), r.uniform(2800, 5000)))
                b = np.arange(128)
                pw = pw * np.where((b < lo) | (b > hi), 10 ** -r.uniform(3, 6), 1).astype(np.float32)
            if r.random() < 0.65:  # stationary noise, 8..35 dB below the mean power
                pw = pw + self.np.standard_exponential(m.shape).astype(np.float32) * pw.mean(
                    0 if r.random() < 0.3 else None
                ) * 10 ** -r.uniform(0.8, 3.5)
            m = np.log(pw + GUARD)
        if r.random() < 0.06:
            m = np.where(
                m < m.max(1, keepdims=True) - r.uniform(6, 10), SILENCE + r.uniform(1, 6), m
            )  # holes, as lossy codecs leave
        if r.random() < 0.5:
            m = np.maximum(m + r.uniform(-4, 1.5), SILENCE)
        return m.astype(np.float32), spans

    def gaps(self, n, spans, content):
        """which of n frames are kept"""
        r, keep = self.rng, np.ones(n, bool)
        u, p, drop = r.random(), r.random(), None
        few = [i for i, c in enumerate(content) if c]
        if self.train:
            if u < 0.3 and few:
                drop = {r.choice(few)}  # exactly one word that matters
            elif u < 0.5:  # only a few words left
                left = (
                    r.sample(few, min(len(few), r.choice([1, 2, 2, 3])))
                    if few and r.random() < 0.6
                    else r.sample(range(len(spans)), min(len(spans), r.choice([1, 2, 3])))
                )
                drop = set(range(len(spans))) - set(left)
            elif u < 0.75:
                if r.random() < 0.4:
                    p = r.choice([1, 1, 2]) / len(spans)
                drop = {i for i in range(len(spans)) if r.random() < p}
        else:  # the fixed test sets: any share, or about one word
            p = u = p if u < 0.55 else r.choice([1, 1, 2]) / len(spans)
            if r.random() < 0.6:
                drop = {i for i in range(len(spans)) if r.random() < p}
        if drop is not None:  # by word, as after forced alignment
            for i in drop:
                keep[max(0, int(spans[i][0] + r.uniform(-3, 2))) : int(spans[i][1] + r.uniform(-2, 3))] = False
            if len(drop) > 0.9 * len(spans) or (self.train and len(drop) > 0.5 * len(spans) and r.random() < 0.6):
                if 0 in drop:
                    keep[: int(spans[0][0])] = False
                if len(spans) - 1 in drop:
                    keep[int(spans[-1][1]) :] = False
        else:  # by fixed windows
            w, s = r.randint(10, 50), r.randint(0, 9)
            for a in range(-s, n, w):
                if r.random() < p:
                    keep[max(0, a) : a + w] = False
        return keep

    def audio(self, k, mask, c):
        """-> (what the encoder is given, remaining words)"""
        r = self.rng
        text, spans = c.meta[k][0], c.meta[k][5]
        m, ws = c.frames(k), text.split()
        if self.train:
            m, spans = self.augment(m, spans)
        n = len(m)
        if mask and spans:
            content = [bool(G.parse([w])) for w in ws]
            for _ in range(6):
                keep = self.gaps(n, spans, content)
                frac = [keep[int(s) : max(int(s) + 1, int(e))].mean() for s, e in spans]
                if not any(c and 0.3 < f < 0.65 for c, f in zip(content, frac)):
                    break
            else:
                keep[:] = True
                frac = [1] * len(ws)
            ws = [w for w, f in zip(ws, frac) if f >= 0.5]
            if r.random() < 0.6:
                m = np.where(keep[:, None], m, SILENCE).astype(np.float32)
            else:
                m = m[keep] if keep.sum() >= 2 else np.full((r.randint(2, 20), 128), SILENCE, np.float32)
        if self.train and not mask and r.random() < 0.2:  # a frequency band missing
            b = r.randint(0, 110)
            m[:, b : b + r.randint(4, 18)] = m.mean()
        return (finish if self.tail else normalize)(m), ws

    def typed(self, s):
        """one typed turn, as it stands"""
        ans = G.answer([G.words(s)])
        seq = [BOS] + self.role["user"] + self.tok.encode(s) + [IM_END] + self.nl + self.role["assistant"]
        a = self.tok.encode(ans) + [IM_END]
        return dict(
            ids=seq + a,
            audio=[],
            loss=[(len(seq), len(seq) + len(a))],
            ctc=[],
            answer=ans,
            plen=len(seq),
            desc=[("text", "", s, G.words(s))],
        )

    # ---- conversations ----------------------------------------------------------------------------------------
    def conversation(self, kind, mask_p=0.5, ctc_p=0.0, turns=None, allow_held=False, need_held=False):
        """kind: 'text' | 'audio' | 'asr'.  -> dict(ids, audio=[(position, mel)], loss=[(start, end)], ctc=[ids], answer, prompt_len)
        ids hold PAD where audio frames go."""
        r = self.rng
        while True:
            audio_first = kind != "text"
            n_turns = turns or (2 if kind != "asr" and r.random() < 0.3 else 1)
            seq, auds, loss, ctc, hist, desc = [BOS], [], [], [], [], []
            if kind == "asr":
                seq += self.role["system"] + self.tok.encode(G.ASR) + [IM_END] + self.nl
            elif r.random() < 0.3:
                seq += self.role["system"] + self.tok.encode(r.choice(G.SYSTEM)) + [IM_END] + self.nl
            first_text, full = None, []
            for t in range(n_turns):
                mask = r.random() < mask_p
                use_audio = kind == "asr" or (kind == "audio" and (n_turns == 1 or r.random() < 0.7))
                seq += self.role["user"]
                pre_ws = []
                if use_audio:
                    if t == 0:
                        k = r.choice(self.c.first) if n_turns == 2 else r.randrange(len(self.c.meta))
                    else:
                        k = r.choice(
                            self.c.follow["fact" if G.intent(G.parse(G.words(first_text))) == "fact" else "home"]
                        )
                    c = self.c
                    if self.ood and kind == "audio" and n_turns == 1 and r.random() < 0.06:
                        c = self.ood
                        k = r.randrange(len(c.meta))
                    s = c.meta[k][0]
                    if kind == "audio" and r.random() < 0.12:  # some typed words before the speech
                        pre = r.choice(
                            [
                                "in the {r}",
                                "in the {r}:",
                                "the {r}",
                                "the {d}",
                                "the {d}:",
                                "please",
                                "listen:",
                                "{s}:",
                                "to {v}:",
                            ]
                        )
                        pre = pre.format(
                            r=r.choice(G.ROOMS),
                            d=r.choice(G.DEVICES),
                            s=r.choice(G.STATES),
                            v=r.choice(G.NUMBERS + G.COLORS),
                        )
                        ids, pre_ws = self.text(pre, mask and r.random() < 0.5, False)
                        seq += ids
                        s = pre + " " + s
                    mel, ws = self.audio(k, mask, c)
                    auds.append((len(seq), mel))
                    ctc.append([self.tok.encode(" " + w)[0] for w in ws] if c is self.c else [])
                    seq += [PAD] * (-(-len(mel) // 8))
                    ws = pre_ws + ws
                    desc.append(("audio", c.meta[k][1], s, ws))
                else:
                    s = G.first_turn(r) if t == 0 else G.follow_turn(r, first_text)
                    if self.train and r.random() < 0.04:  # something else entirely
                        s = " ".join(r.choice(self.dict) for _ in range(r.randint(1, 6)))
                        mask = False
                    ids, ws = self.text(s, mask, r.random() < ctc_p)
                    seq += ids
                    desc.append(("text", "", s, ws))
                first_text = first_text or s
                hist.append(ws)
                full.append(G.words(s))
                ans = (" ".join(ws) or "...") if kind == "asr" else G.answer(hist)
                seq += [IM_END] + self.nl + self.role["assistant"]
                plen = len(seq)
                if t + 1 < n_turns:  # the history's answer: to what was said, or to what is left of it
                    said = ans if r.random() < 0.5 else G.answer(full)
                    a_ids = self.tok.encode(said)
                    if said == ans:
                        loss.append((len(seq), len(seq) + len(a_ids) + 1))
                    elif r.random() < 0.3:
                        q = r.random()
                        a_ids = [i for i in a_ids if r.random() > q]
                    hist.append(G.words(self.tok.decode(a_ids)))
                    full.append(G.words(said))
                    seq += a_ids + [IM_END] + self.nl
                else:
                    a_ids = self.tok.encode(ans)
                    loss.append((len(seq), len(seq) + len(a_ids) + 1))
                    seq += a_ids + [IM_END]
            held = kind != "asr" and G.held_out(ans)
            if held and not (allow_held or need_held):
                continue
            if need_held and not held:
                continue
            return dict(ids=seq, audio=auds, loss=loss, ctc=ctc, answer=ans, plen=plen, desc=desc)


def collate(ex):
    """-> ids [B,S], mask, targets [B,S] (-100 = no loss), mel [N,T,128], mel_len [N], flat positions of audio frames, ctc targets"""
    B, S = len(ex), max(len(e["ids"]) for e in ex)
    ids, mask, tgt = np.zeros((B, S), np.int64), np.zeros((B, S), np.int64), np.full((B, S), -100, np.int64)
    mels, pos, ctc = [], [], []
    for b, e in enumerate(ex):
        n = len(e["ids"])
        ids[b, :n] = e["ids"]
        mask[b, :n] = 1
        for s, t in e["loss"]:
            tgt[b, s - 1 : t - 1] = e["ids"][s:t]
        for (p, m), c in zip(e["audio"], e["ctc"]):
            mels.append(m)
            ctc.append(c)
            pos.append(b * S + p + np.arange(-(-len(m) // 8)))
    if not mels:
        return ids, mask, tgt, None, None, None, None
    mel = np.zeros((len(mels), max(len(m) for m in mels), 128), np.float32)
    for i, m in enumerate(mels):
        mel[i, : len(m)] = m
    return ids, mask, tgt, mel, np.array([len(m) for m in mels]), pos, ctc
