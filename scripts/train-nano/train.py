"""Train the nano model.   python3 train.py STAGE MINUTES [START.pt] -> weights/STAGE.pt

STAGE text   decoder on typed conversations (half of them spelled as CTC paths: repeats and blanks)
      ctc    encoder alone: CTC over word tokens, logits = frames . (frozen) token embeddings, blank = <|pad|>
      joint  everything, typed and spoken together (CTC kept as a small auxiliary loss)
      lone   a last minute for the embeddings of domain words without a leading space alone (everything else frozen)
"""
import math
import os
import random
import sys
import time
import numpy as np
import torch
import torch.nn.functional as F
import grammar as G
from data import Corpus, Maker, collate
from checkpoint import load_state, tokenizer
from model import CFG, Nano
from paths import CHECKPOINTS, DATA

torch.set_num_threads(1)


def run(model, batch, ctc_w=0.0, lm=True, speech=None, most=512):
    """-> (lm loss, ctc loss, argmax hits [B,S], speech loss or None)

    speech: a speech_model.Speech, for batches with spoken frames; its loss is taken at `most` frames drawn at random"""
    ids, mask, tgt, mel, mlen, pos, ctc, frames = batch
    ids, mask, tgt = map(torch.from_numpy, (ids, mask, tgt))
    dec = model.dec
    ctc_loss = torch.zeros(())
    if mel is not None:
        heard, n = model.enc(torch.from_numpy(mel), torch.from_numpy(mlen))
        if ctc_w:
            lp = F.log_softmax(heard @ dec.embed.weight.detach().t(), -1).transpose(0, 1)
            ok = [i for i in range(len(ctc)) if ctc[i]]
            if ok:
                tl = torch.tensor([len(ctc[i]) for i in ok])
                t = torch.tensor([x for i in ok for x in ctc[i]])
                ctc_loss = (
                    F.ctc_loss(lp[:, ok], t, n[ok], tl, blank=0, reduction="none", zero_infinity=True).div(tl).mean()
                )
    if not lm:
        return None, ctc_loss, None, None
    x = dec.embed(ids).reshape(-1, dec.c["hidden_size"])
    if mel is not None:
        flat = torch.cat([heard[i, : len(p)] for i, p in enumerate(pos)])
        x = x.index_copy(0, torch.from_numpy(np.concatenate(pos)), flat)
    if frames is not None:
        at, codes, wanted = map(torch.from_numpy, frames)
        x = x.index_copy(0, at, speech.embed_frames(codes))
    h, _ = dec(x.reshape(*ids.shape, -1), mask, dec.empty_past(len(ids)))
    sel = tgt != -100
    lg = dec.logits(h[sel])
    y = tgt[sel]
    hit = torch.ones_like(tgt, dtype=torch.bool)
    hit[sel] = lg.argmax(-1) == y
    speech_loss = None
    if frames is not None:
        at, codes = at[wanted] - 1, codes[wanted]
        if len(at) > most:
            some = torch.randperm(len(at))[:most]
            at, codes = at[some], codes[some]
        speech_loss, right = speech.loss(h.reshape(-1, h.shape[-1])[at], codes)
        hit.view(-1)[at] = right
    return F.cross_entropy(lg, y), ctc_loss, hit, speech_loss


@torch.no_grad()
def evaluate(model, ex, bs=32, speech=None):
    """share of conversations whose *last* answer would be generated exactly (teacher forcing = greedy here)"""
    model.eval()
    ok = 0
    ex = sorted(ex, key=lambda e: len(e["ids"]))
    bad = []
    for i in range(0, len(ex), bs):
        part = [dict(e, loss=e["loss"][-1:]) for e in ex[i : i + bs]]
        _, _, hit, _ = run(model, collate(part), speech=speech, most=1 << 30)
        g = hit.all(1)
        ok += int(g.sum())
        bad += [e for e, o in zip(part, g) if not o]
    model.train()
    return ok / len(ex), bad


def test_sets(tok, corpus, n=150, **making):
    """fixed held-out sets; `corpus` is the test split (held-out sentences; held-out voices marked), `making` what else Maker is told"""

    def mk(seed, kind, **k):
        m = Maker(tok, corpus, seed, train=False, **making)
        return m, lambda: m.conversation(kind, **k)

    sets = {}

    def add(name, gen, keep=lambda e: True):
        out = []
        while len(out) < n:
            e = gen()
            if keep(e):
                out.append(e)
        sets[name] = out

    add("text held-out commands", mk(1, "text", mask_p=0, turns=1, need_held=True)[1])
    add("text 1 turn", mk(2, "text", mask_p=0, turns=1, allow_held=True)[1])
    add("text 2 turns", mk(3, "text", mask_p=0, turns=2, allow_held=True)[1])
    add("text masked", mk(4, "text", mask_p=1, turns=1, allow_held=True)[1])
    if corpus is not None:
        held = {m[1] for m in corpus.meta if m[2]}
        v = lambda e: next(d[1] for d in e["desc"] if d[0] == "audio")
        has = lambda e: any(d[0] == "audio" for d in e["desc"])
        add("audio seen voices", mk(5, "audio", mask_p=0, turns=1, allow_held=True)[1], lambda e: v(e) not in held)
        add(
            "audio held espeak voices",
            mk(6, "audio", mask_p=0, turns=1, allow_held=True)[1],
            lambda e: v(e) in held and "espeak" in v(e),
        )
        add(
            "audio held flite voice",
            mk(7, "audio", mask_p=0, turns=1, allow_held=True)[1],
            lambda e: v(e) in held and "flite" in v(e),
        )
        add("audio 2 turns", mk(8, "audio", mask_p=0, turns=2, allow_held=True)[1], has)
        add("audio masked", mk(9, "audio", mask_p=1, turns=1, allow_held=True)[1])
        add("asr seen voices", mk(10, "asr", mask_p=0)[1], lambda e: v(e) not in held)
    return sets


def main(stage, minutes, start=None):
    tok = tokenizer()
    torch.manual_seed(0)
    torch.set_flush_denormal(True)
    model = Nano(dict(CFG, vocab_size=len(tok.vocab)))
    if start:
        model.load_state_dict(load_state(start))
    more = [str(DATA / "extra")] if os.path.exists(DATA / "extra.npy") else []
    typed = stage in ("text", "lone")
    train = Corpus(str(DATA / "train"), *more) if not typed else None
    test = Corpus(str(DATA / "test")) if not typed else None
    sets = test_sets(tok, test, 100)
    ood = Corpus(str(DATA / "ood")) if stage == "joint" and os.path.exists(DATA / "ood.npy") else None
    mk = Maker(tok, train, random.randrange(1 << 30), ood=ood)
    lr, wd, bs = dict(
        text=(3e-3, 0.01, 64),
        ctc=(2.5e-3, 0.01, 32),
        joint=(float(os.environ.get("LR", 1.5e-3)), 0.01, 48),
        lone=(4e-3, 0, 64),
    )[stage]
    params = {"text": model.dec, "ctc": model.enc, "joint": model, "lone": model.dec.embed}[stage].parameters()
    key = G.ROOMS + G.DEVICES + G.STATES + G.NUMBERS + G.COLORS + G.OBJECTS + list(G.ATTR_WORDS)
    rows = torch.zeros(len(tok.vocab), 1)
    for w in key:
        ids = tok.encode(w)
        if len(ids) == 1:
            rows[ids[0]] = 1
    opt = torch.optim.AdamW(params, lr=lr, weight_decay=wd, betas=(0.9, 0.98))
    t0, step, seen, log = time.time(), 0, 0, t0_log()
    budget = minutes * 60
    avg = {}
    while True:
        el = time.time() - t0
        if el > budget:
            break
        f = el / budget  # the schedule follows the clock: warm-up, then cosine
        k = min(1, (step + 1) / 60) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * f)))
        for g in opt.param_groups:
            g["lr"] = lr * k
        if stage == "text":
            ex = [mk.conversation("text", ctc_p=0.5) for _ in range(bs * 4)]
        elif stage == "lone":
            ex = [
                mk.conversation("text", mask_p=1, turns=1)
                if i % 2
                else mk.typed(" ".join(mk.rng.sample(key, mk.rng.choice([1, 1, 2, 3]))))
                for i in range(bs * 4)
            ]
        elif stage == "ctc":
            ex = [mk.conversation("asr", mask_p=0.35 if f > 0.3 else 0.0) for _ in range(bs * 4)]
        else:
            ex = [
                mk.conversation("audio" if x < 0.66 else "asr" if x < 0.76 else "text", ctc_p=0.05)
                for x in (mk.rng.random() for _ in range(bs * 4))
            ]
        ex.sort(key=lambda e: len(e["ids"]))  # batches of similar length
        parts = [ex[i : i + bs] for i in range(0, len(ex), bs)]
        mk.rng.shuffle(parts)
        for part in parts:
            lm, ctc, hit, _ = run(model, collate(part), ctc_w=0 if typed else 1, lm=stage != "ctc")
            loss = {"text": lm, "lone": lm, "ctc": ctc, "joint": (lm if lm is not None else 0) + 0.3 * ctc}[stage]
            opt.zero_grad()
            loss.backward()
            if stage == "lone":
                model.dec.embed.weight.grad.mul_(rows)
            torch.nn.utils.clip_grad_norm_(
                params if isinstance(params, list) else [p for g in opt.param_groups for p in g["params"]], 1.0
            )
            opt.step()
            step += 1
            seen += len(part)
            for n, v in (("lm", lm), ("ctc", ctc)):
                if v is not None:
                    avg[n] = 0.95 * avg.get(n, float(v)) + 0.05 * float(v)
            if step % 40 == 0:
                print(
                    f"{time.time()-t0:6.0f}s step {step} seen {seen} lr {lr*k:.5f} "
                    + " ".join(f"{n} {v:.4f}" for n, v in avg.items()),
                    flush=True,
                )
        if time.time() - log[0] > (60 if stage != "joint" else 480) and stage != "ctc":
            log[0] = time.time()
            print(
                "   eval",
                {n: round(evaluate(model, s)[0], 3) for n, s in sets.items() if stage == "joint" or "text" in n},
                flush=True,
            )
            torch.save(model.state_dict(), CHECKPOINTS / f"{stage}.pt")
    torch.save(model.state_dict(), CHECKPOINTS / f"{stage}.pt")
    print(
        "final",
        {n: round(evaluate(model, s)[0], 3) for n, s in sets.items() if not typed or "text" in n},
        f"{(time.time()-t0)/60:.1f} min {step} steps {seen} seen {seen/(time.time()-t0):.1f}/s",
        flush=True,
    )


def t0_log():
    return [time.time()]


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else None)
