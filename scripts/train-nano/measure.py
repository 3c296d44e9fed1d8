"""Accuracy of the language model: exact match of the whole greedy answer.

    python3 measure.py text   [WEIGHTS]     typed prompts (needs nothing but the weights)
    python3 measure.py speech [WEIGHTS]     spoken prompts, every clip of the test split once (needs `synth.py test`)
    python3 measure.py drawn  [WEIGHTS]     mixed sets drawn from the test split: two turns, masks of any share, transcription

Teacher forcing equals greedy decoding for an exact match: every token right given the right ones before it.
"""
import collections
import json
import random
import sys
import numpy as np
import torch
import grammar as G
from checkpoint import load_nano, tokenizer
from data import BOS, IM_END, PAD, Corpus, Maker
from mel import SILENCE, finish
from paths import DATA, FIXTURES, WEIGHTS
from train import evaluate, test_sets

tok = tokenizer()
LONE = [*G.ROOMS, *G.DEVICES, *G.STATES, *G.NUMBERS, *G.COLORS, *G.OBJECTS, *G.ATTR_WORDS]


def example(turns):
    """turns: text, or un-normalised mel frames with their words as (frames, words); user and assistant by turns -> one test example"""
    mk = Maker(tok, None, 0, train=False)
    ids, audio, hist = [BOS], [], []
    for i, t in enumerate(turns):
        ids += mk.role["assistant" if i % 2 else "user"]
        if isinstance(t, tuple):
            mel = finish(t[0])
            audio.append((len(ids), mel))
            ids += [PAD] * (-(-len(mel) // 8))
            hist.append(t[1])
        else:
            ids += tok.encode(t)
            hist.append(G.words(t))
        ids += [IM_END] + mk.nl
    ids += mk.role["assistant"]
    a, p = G.answer(hist), len(ids)
    ids = ids + tok.encode(a) + [IM_END]
    return dict(ids=ids, audio=audio, ctc=[[]] * len(audio), loss=[(p, len(ids))], answer=a, desc=[], plen=p)


def report(model, name, examples, show=4):
    """prints one row; -> share right"""
    share, bad = evaluate(model, examples)
    print(f"{name:52}{share:.3f} (n={len(examples)})", flush=True)
    for e in bad[:show]:
        print(f"      {tok.decode(e['ids'][2 : e['plen'] - 3])!r} expected {e['answer']!r}")
    return share


def typed_tables(model):
    held = json.loads((FIXTURES / "conversations" / "nano-heldout.json").read_text())
    whole = [c["text"] for c in held["oneTurn"]]
    report(model, "nano-heldout.json, one turn", [example([t]) for t in whole])
    without = lambda ws, i: " ".join(ws[:i] + ws[i + 1 :])
    one_out = [example([without(c["words"], i)]) for c in held["oneTurn"] for i in range(len(c["words"]))]
    report(model, "nano-heldout.json, one turn, any one word removed", one_out)
    report(model, "nano-heldout.json, two turns", [example([t["text"] for t in c["turns"]]) for c in held["twoTurn"]])
    for name, examples in test_sets(tok, None, 300).items():
        report(model, name, examples)
    report(model, "typed lone word", [example([w]) for w in LONE])
    report(model, "typed lone word, capital", [example([w.capitalize()]) for w in LONE])
    report(model, "typed room + device", [example([f"{r} {d}"]) for r in G.ROOMS for d in G.DEVICES])
    pairs = [example([f"{d} {s}"]) for d in G.DEVICES for s in [*G.STATES, *G.NUMBERS, *G.COLORS]]
    report(model, "typed device + state or value", pairs)
    spelled = [
        f"{q} colour {v} the {o}" for q, v in (("what", "is"), ("which", "is"), ("the", "of")) for o in G.OBJECTS
    ]
    report(model, "typed, 'colour' for 'color'", [example([t]) for t in spelled])
    tails = ("'s color", "'s colour")
    report(
        model, "typed, apostrophes", [example([f"what{s[:2]} the{s[2:]} of the {o}"]) for s in tails for o in G.OBJECTS]
    )
    rng, seen = random.Random(11), {}
    while len(seen) < 500:
        ws = G.first_turn(rng).split()
        key = [i for i, x in enumerate(ws) if G.parse([x])]
        if len(key) > 1:
            seen.setdefault(" ".join(ws), without(ws, rng.choice(key)))
    report(model, "typed, exactly one content word removed", [example([t]) for t in seen.values()])


def speech_examples(corpus):
    """every test clip once: whole, with exactly one content word removed, with one to three words left"""
    groups, rng = collections.defaultdict(list), random.Random(11)
    for k, (text, voice, held, _, n, spans) in enumerate(corpus.meta):
        x, ws = corpus.frames(k), text.split()
        who = ("held " if held else "seen ") + voice.split("/")[0]
        e = example([(x, ws)])
        groups["held-out command" if G.held_out(e["answer"]) else "other", who, ""].append(e)
        if not spans:
            continue
        silent = np.float32(SILENCE)
        at = lambda i: slice(max(0, int(spans[i][0])), int(spans[i][1]))
        key = [i for i, w in enumerate(ws) if G.parse([w])]
        if len(key) > 1:
            j, keep = key[k % len(key)], np.ones(n, bool)
            keep[at(j)] = False
            left = ws[:j] + ws[j + 1 :]
            groups["one content word removed", who, "silence"].append(
                example([(np.where(keep[:, None], x, silent), left)])
            )
            groups["one content word removed", who, "cut"].append(example([(x[keep], left)]))
        some = sorted(rng.sample(range(len(ws)), min(len(ws), rng.choice([1, 2, 3]))))
        left, keep = [ws[i] for i in some], np.zeros(n, bool)
        for i in some:
            keep[at(i)] = True
        groups["one to three words left", who, "silence"].append(example([(np.where(keep[:, None], x, silent), left)]))
        if keep.sum() > 1:
            groups["one to three words left", who, "cut"].append(example([(x[keep], left)]))
    return groups


def speech_tables(model):
    groups = speech_examples(Corpus(str(DATA / "test")))
    for g in sorted(groups):
        report(model, "  ".join(g), groups[g], show=0)
    for how in ("one content word removed", "one to three words left"):
        for part in ("silence", "cut", ""):
            rest = [e for g, es in groups.items() if g[0] == how and g[1] != "held flite" and part in g[2] for e in es]
            report(model, f"{how}, without slt {part}", rest, show=0)


def main(what="text", weights=WEIGHTS / "nano.npz"):
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    model = load_nano(weights)
    if what == "drawn":
        for name, examples in test_sets(tok, Corpus(str(DATA / "test")), 300).items():
            report(model, name, examples, show=2)
    else:
        {"text": typed_tables, "speech": speech_tables}[what](model)


if __name__ == "__main__":
    main(*sys.argv[1:])
