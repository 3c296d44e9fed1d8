"""Nano learns Voxtral's layout: its wording, and clips that are filled up to 375 rows whatever their length.

    python3 train_voxtral.py MINUTES [START]     -> work/checkpoints/voxtral.pt

START: weights/nano.npz, or voxtral.pt to go on from. The encoder stays as it was. The row behind the sound is the embedding of a token, trained with
the rest. From nano's weights the filling grows to its full length in the first GROWING of the time. Needs synth.py's train, ood and every extra*.
"""
import math
import random
import sys
import time
from pathlib import Path
import torch
from checkpoint import load_nano, tokenizer
from data import IM_START, PAD, Corpus, Maker, collate
from paths import CHECKPOINTS, DATA, WEIGHTS
from train import evaluate, run, test_sets
from voxtral_wording import FILLING, INST, ROWS, Wording
from whisper_mel import finish_filled

RATE, GROWING, ROUND = 1e-3, 0.35, 128
# Rows of a batch, filled up ones too.
BATCH_ROWS = 5000
SHARES = dict(audio=0.62, asr=0.12, text=0.26)
MASKS = dict(one=0.25, few_left=0.35)
OUT = CHECKPOINTS / "voxtral.pt"


def draw(kind, mk):
    turns = 1 if kind == "audio" and mk.rng.random() < 0.85 else None
    return mk.conversation(kind, ctc_p=0.05, turns=turns)


def rows_at(done, r):
    """how far clips are filled up when a share of the time is over"""
    if done >= GROWING:
        return ROWS
    most = 40 + (ROWS - 40) * done / GROWING
    return round(r.uniform(0.5, 1) * most)


def batches(examples):
    """of similar length"""
    parts = []
    for e in sorted(examples, key=lambda e: len(e["ids"])):
        if not parts or len(e["ids"]) * (len(parts[-1]) + 1) > BATCH_ROWS:
            parts.append([])
        parts[-1].append(e)
    return parts


def begin(model):
    """what the new tokens start from: the one that stands for the old ones' beginning, and a frame that says nothing"""
    rows = model.dec.embed.weight.data
    rows[INST], rows[FILLING] = rows[IM_START], rows[PAD]


def main(minutes, start=WEIGHTS / "nano.npz"):
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    torch.manual_seed(0)
    tok, model = tokenizer(), load_nano(start).train()
    growing = Path(start).suffix == ".npz"
    if growing:
        begin(model)
    model.enc.requires_grad_(False)
    heard = Corpus(str(DATA / "train"), *(str(f.with_suffix("")) for f in sorted(DATA.glob("extra*.npy"))))
    mk = Maker(tok, heard, 99, ood=Corpus(str(DATA / "ood")), masks=MASKS, finish=finish_filled)
    wording = Wording(tok)
    sets = test_sets(tok, Corpus(str(DATA / "test")), 60, finish=finish_filled)
    sets = {name: [wording.reworded(e) for e in examples] for name, examples in sets.items() if name != "audio 2 turns"}
    params = list(model.dec.parameters())
    opt = torch.optim.AdamW(params, lr=RATE, weight_decay=0.01, betas=(0.9, 0.98))
    began, tested, shown, step, average = time.time(), time.time(), 0, 0, None
    while (done := (time.time() - began) / (minutes * 60)) < 1:
        kinds = random.Random(step).choices(list(SHARES), SHARES.values(), k=ROUND)
        rows = rows_at(done, mk.rng) if growing else ROWS
        parts = batches([wording.reworded(draw(kind, mk), rows) for kind in kinds])
        mk.rng.shuffle(parts)
        for part in parts:
            for g in opt.param_groups:
                g["lr"] = RATE * min(1, (step + 1) / 60) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))
            loss, _, _, _ = run(model, collate(part))
            opt.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(params, 1.0)
            opt.step()
            step += 1
            average = float(loss) if average is None else 0.97 * average + 0.03 * float(loss)
        if step // 50 > shown:
            shown = step // 50
            print(f"{time.time() - began:6.0f} s step {step} rows {rows} loss {average:.4f}", flush=True)
        if time.time() - tested > 420:
            tested = time.time()
            print("   right", {name: round(evaluate(model, s)[0], 3) for name, s in sets.items()}, flush=True)
            torch.save(model.state_dict(), OUT)
    torch.save(model.state_dict(), OUT)
    print("final", {name: round(evaluate(model, s)[0], 3) for name, s in sets.items()}, flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]), *map(Path, sys.argv[2:]))
