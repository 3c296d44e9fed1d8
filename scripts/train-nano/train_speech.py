"""The last stages: nano learns to speak, then hears, reads and speaks together.

    python3 train_speech.py speak    MINUTES START.pt [PACE]
    python3 train_speech.py together MINUTES START.pt [PACE]    -> work/checkpoints/speech.pt {nano, speech}

START is a checkpoint of train.py (then the speech weights are new) or speech.pt to go on from; PACE scales the learning rates.

`speak`: the encoder stays as it was; half of every round is what the joint stage trained (spoken and typed prompts, transcription).
`together`: everything is trained; three quarters of a round are heard or read, and masked sound leaves few words more often.
Needs codec_train.py's codec.npz and synth.py's train, ood and every extra*.
"""
import math
import random
import sys
import time
import numpy as np
import torch
import grammar as G
from checkpoint import load_detokenizer, load_nano, load_speech, load_state, tokenizer, unit_codes
from data import Corpus, Maker, collate
from measure import LONE
from paths import CHECKPOINTS, DATA
from speaker import Speaker
from speech_model import Speech, compact
from train import evaluate, run, test_sets

BATCH, ROUND = 40, 4
CODEC = CHECKPOINTS / "codec.npz"
STAGES = dict(
    speak=dict(
        shares=dict(audio=0.20, typed=0.03, text=0.08, asr=0.06, tts=0.35, chat=0.28),
        rate=6e-4,  # of the language model (and encoder)
        rate_speech=2.5e-3,
        ctc=0.0,  # weight of the encoder's own loss; without it the encoder is frozen
        masks={},
    ),
    together=dict(
        shares=dict(audio=0.52, typed=0.02, text=0.07, asr=0.10, tts=0.15, chat=0.14),
        rate=8e-4,
        rate_speech=1.2e-3,
        ctc=0.3,
        masks=dict(one=0.25, few_left=0.35),
    ),
)


def new_speech(size=1.5):
    tables = load_detokenizer(CODEC).tables.numpy()
    used, slot, column = compact(np.concatenate(list(unit_codes(CODEC).values()), 1).T, tables)
    speech = Speech(slot, column)
    speech.begin_with(tables, used, size)
    return speech


def draw(kind, mk, speaker):
    r = mk.rng
    if kind == "tts":
        return speaker.speak(speaker.any_line(r))
    if kind == "chat":
        return mk.conversation("audio" if r.random() < 0.5 else "text", mask_p=0.4, speaker=speaker)
    if kind == "typed":
        words = " ".join(r.sample(LONE, r.choice([1, 1, 2, 3])))
        return mk.typed(G.respell(r, words) if r.random() < 0.5 else words)
    return mk.conversation(kind, ctc_p=0.05)


def speech_sets(tok, corpus, codes, n):
    """held-out: {name: examples} for text to speech and interleaved answers"""
    mk = Maker(tok, corpus, 21, train=False)
    sp = Speaker(tok, mk, codes)
    sets = {"text to speech": [sp.speak(sp.any_line(mk.rng)) for _ in range(n)]}
    held = sorted(
        {a for a in (mk.conversation("text", mask_p=0, turns=1, need_held=True)["answer"] for _ in range(n * 2))}
    )
    sets["text to speech, held-out answers"] = [sp.speak(a) for a in held[:n]]
    sets["interleaved, typed"] = [mk.conversation("text", mask_p=0, allow_held=True, speaker=sp) for _ in range(n)]
    if corpus:
        sets["interleaved, spoken"] = [
            mk.conversation("audio", mask_p=0, allow_held=True, speaker=sp) for _ in range(n)
        ]
    return sets


def save(model, speech, path):
    torch.save(dict(nano=model.state_dict(), speech=speech.state_dict()), path)


def main(stage, minutes, start, pace_all=1.0):
    how = STAGES[stage]
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    torch.manual_seed(0)
    tok, model, speech = (
        tokenizer(),
        load_nano(start).train(),
        load_speech(start).train() if "speech" in load_state(start) else new_speech(),
    )
    model.enc.requires_grad_(how["ctc"] > 0)
    codes = unit_codes(CODEC)
    heard = Corpus(str(DATA / "train"), *(str(f.with_suffix("")) for f in sorted(DATA.glob("extra*.npy"))))
    mk = Maker(tok, heard, 77, ood=Corpus(str(DATA / "ood")), masks=how["masks"])
    speaker = Speaker(tok, mk, codes)
    test = Corpus(str(DATA / "test"))
    sets, said = test_sets(tok, test, 100), speech_sets(tok, test, codes, 60)
    groups = [
        dict(params=[p for p in model.parameters() if p.requires_grad], peak=how["rate"]),
        dict(params=list(speech.parameters()), peak=how["rate_speech"]),
    ]
    opt = torch.optim.AdamW(groups, lr=how["rate"], weight_decay=0.01, betas=(0.9, 0.98))
    t0, step, avg, shown, tested = time.time(), 0, {}, 0, time.time()
    while (done := (time.time() - t0) / (minutes * 60)) < 1:
        pace = pace_all * min(1, (step + 1) / 40) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))
        for g in opt.param_groups:
            g["lr"] = g["peak"] * pace
        kinds = random.Random(step).choices(list(how["shares"]), how["shares"].values(), k=BATCH * ROUND)
        ex = sorted((draw(k, mk, speaker) for k in kinds), key=lambda e: len(e["ids"]))
        parts = [ex[i : i + BATCH] for i in range(0, len(ex), BATCH)]
        mk.rng.shuffle(parts)
        for part in parts:
            lm, ctc, _, sound = run(model, collate(part), ctc_w=how["ctc"], speech=speech)
            loss = lm + how["ctc"] * ctc + (sound if sound is not None else 0)
            opt.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_([p for g in groups for p in g["params"]], 1.0)
            opt.step()
            step += 1
            for n, v in (("lm", lm), ("ctc", ctc), ("sound", sound)):
                if v is not None:
                    avg[n] = 0.95 * avg.get(n, float(v)) + 0.05 * float(v)
        if step // 40 > shown:
            shown = step // 40
            print(
                f"{time.time() - t0:6.0f} s step {step} " + " ".join(f"{n} {v:.4f}" for n, v in avg.items()), flush=True
            )
        if time.time() - tested > 480:
            tested = time.time()
            rows = {n: evaluate(model, s)[0] for n, s in sets.items()} | {
                n: evaluate(model, s, speech=speech)[0] for n, s in said.items()
            }
            print("   right", {n: round(v, 3) for n, v in rows.items()}, flush=True)
            save(model, speech, CHECKPOINTS / "speech.pt")
    save(model, speech, CHECKPOINTS / "speech.pt")


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), sys.argv[3], *map(float, sys.argv[4:]))
