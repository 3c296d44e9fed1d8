"""Training conversations: token/audio sequences with exact labels, complete or with words missing."""
import pickle
import random
import numpy as np
import grammar as G
from augment import augment, gaps
from mel import SILENCE, finish

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
    def __init__(self, tok, corpus, seed, train=True, ood=None, masks=None, finish=finish):
        """masks: shares of kinds of masked sound, as `gaps` takes them; finish: of un-normalised frames, what the encoder is given"""
        self.masks, self.finish = masks or {}, finish
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

    def whole(self, s):
        """-> (token ids, words) of a typed line, in training sometimes spelled otherwise"""
        if self.train and self.rng.random() < 0.15:
            s = G.respell(self.rng, s)
        return self.tok.encode(s), G.words(s)

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
            return self.whole(" ".join(w))
        if mask and r.random() < 0.5:  # words dropped, the rest joined again (so another word may come first)
            w = s.split()
            p = r.random() if r.random() < 0.6 else 1.2 / max(1, len(w))
            w = [x for x in w if r.random() > p]
            return self.whole(" ".join(w))
        if not mask:
            return self.whole(s)
        ids = self.tok.encode(s)
        p, out, ws = r.random(), [], []
        fill = r.choice([None] * 7 + [PAD, self.tok.encode(" ...")[0], self.tok.encode("...")[0]])
        for i in ids:
            if r.random() > p:
                out.append(i)
                ws += G.words(self.tok.decode([i]))
            elif fill is not None:
                out.append(fill)
        return out, ws

    # ---- audio turns -------------------------------------------------------------------------------------------
    def audio(self, k, mask, c):
        """-> (what the encoder is given, remaining words)"""
        r = self.rng
        text, spans = c.meta[k][0], c.meta[k][5]
        m, ws = c.frames(k), text.split()
        if self.train:
            m, spans = augment(m, spans, r, self.np)
        n = len(m)
        if mask and spans:
            content = [bool(G.parse([w])) for w in ws]
            for _ in range(6):
                keep = gaps(n, spans, content, r, self.train, **self.masks)
                frac = [keep[int(s) : max(int(s) + 1, int(e))].mean() for s, e in spans]
                if not any(c and 0.3 < f < 0.65 for c, f in zip(content, frac)):
                    break
            else:
                keep[:] = True
                frac = [1] * len(ws)
            ws = [w for w, f in zip(ws, frac) if f >= 0.5]
            if r.random() < (0.5 if self.train else 0.6):
                m = np.where(keep[:, None], m, SILENCE).astype(np.float32)
            else:
                m = m[keep] if keep.sum() >= 2 else np.full((r.randint(2, 20), 128), SILENCE, np.float32)
        if self.train and not mask and r.random() < 0.2:  # a frequency band missing
            b = r.randint(0, 110)
            m[:, b : b + r.randint(4, 18)] = m.mean()
        return self.finish(m), ws

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
    def conversation(self, kind, mask_p=0.5, ctc_p=0.0, turns=None, allow_held=False, need_held=False, speaker=None):
        """kind: 'text' | 'audio' | 'asr'.  -> dict(ids, audio=[(position, mel)], loss=[(start, end)], ctc=[ids], answer, prompt_len)
        ids hold PAD where audio frames go. With a `speaker` (speaker.py) the answers are interleaved text and sound, and
        frames=[(position, codes)] says where."""
        r = self.rng
        while True:
            n_turns = turns or (2 if kind != "asr" and r.random() < 0.3 else 1)
            seq, auds, loss, ctc, hist, desc, frames = [BOS], [], [], [], [], [], []
            if kind == "asr":
                seq += self.role["system"] + self.tok.encode(G.ASR) + [IM_END] + self.nl
            elif speaker:
                seq += self.role["system"] + self.tok.encode(G.INTERLEAVED) + [IM_END] + self.nl
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
                    if speaker and said == ans and r.random() < 0.6:
                        loss.pop()
                        frames += speaker.interleave(seq, ans, loss)
                        seq += self.nl
                    else:
                        seq += a_ids + [IM_END] + self.nl
                elif speaker:
                    frames += speaker.interleave(seq, ans, loss)
                else:
                    a_ids = self.tok.encode(ans)
                    loss.append((len(seq), len(seq) + len(a_ids) + 1))
                    seq += a_ids + [IM_END]
            held = kind != "asr" and G.held_out(ans)
            if held and not (allow_held or need_held):
                continue
            if need_held and not held:
                continue
            return dict(ids=seq, audio=auds, loss=loss, ctc=ctc, answer=ans, plen=plen, desc=desc, frames=frames)


def collate(ex):
    """-> ids [B,S], mask, targets [B,S] (-100 = no loss), mel [N,T,128], mel_len [N], flat positions of audio frames, ctc targets, frames

    frames: None, or (flat positions of spoken frames [F], their codes [F,8], which of them are targets [F])"""
    B, S = len(ex), max(len(e["ids"]) for e in ex)
    ids, mask, tgt = np.zeros((B, S), np.int64), np.zeros((B, S), np.int64), np.full((B, S), -100, np.int64)
    mels, pos, ctc, at, codes, wanted = [], [], [], [], [], []
    for b, e in enumerate(ex):
        n = len(e["ids"])
        ids[b, :n] = e["ids"]
        mask[b, :n] = 1
        for s, t in e["loss"]:
            tgt[b, s - 1 : t - 1] = e["ids"][s:t]
        for p, c in e.get("frames", []):
            at.append(b * S + p)
            codes.append(c)
            wanted.append(any(s <= p < t for s, t in e["loss"]))
            tgt[b, p - 1] = -100
        for (p, m), c in zip(e["audio"], e["ctc"]):
            mels.append(m)
            ctc.append(c)
            pos.append(b * S + p + np.arange(-(-len(m) // 8)))
    frames = (np.array(at), np.stack(codes), np.array(wanted)) if at else None
    if not mels:
        return ids, mask, tgt, None, None, None, None, frames
    mel = np.zeros((len(mels), max(len(m) for m in mels), 128), np.float32)
    for i, m in enumerate(mels):
        mel[i, : len(m)] = m
    return ids, mask, tgt, mel, np.array([len(m) for m in mels]), pos, ctc, frames
