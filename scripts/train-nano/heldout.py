"""Ground truth for explanations: held-out commands and which of their words decide the answer.

    python3 heldout.py           -> fixtures/conversations/nano-heldout.json

A word decides if removing it alone changes the right answer (grammar.answer). Every command's combination of room, device and
state or value was kept out of training (grammar.held_out). No model is asked: this is the task's truth, not nano's.
"""
import json
import random
import grammar as G
from paths import FIXTURES

ONE_TURN, TWO_TURN, SEED = 120, 60, 20
OUT = FIXTURES / "conversations" / "nano-heldout.json"


def decides(texts, turn):
    """one flag per whitespace-separated word of texts[turn]: does the answer change without it?"""
    right = G.answer([G.words(t) for t in texts])
    ws = texts[turn].split()
    flags = []
    for i in range(len(ws)):
        rest = texts[:turn] + [" ".join(ws[:i] + ws[i + 1 :])] + texts[turn + 1 :]
        flags.append(G.answer([G.words(t) for t in rest]) != right)
    return flags


def described(texts, turn):
    return dict(text=texts[turn], words=texts[turn].split(), decides=decides(texts, turn))


def one_turn(rng):
    text = G.first_turn(rng)
    answer = G.answer([G.words(text)])
    return (text, answer) if G.held_out(answer) else None


def two_turns(rng):
    first = G.first_turn(rng)
    reply = G.answer([G.words(first)])
    text = G.follow_turn(rng, first)
    answer = G.answer([G.words(first), G.words(reply), G.words(text)])
    # the first command is one of training's; the answer to both together is not, and needs the first turn
    if G.held_out(reply) or not G.held_out(answer) or G.answer([G.words(text)]) == answer:
        return None
    return (first, reply, text, answer)


def distinct(draw, n, rng):
    found = {}
    while len(found) < n:
        got = draw(rng)
        if got:
            found[got[:-1]] = got
    return list(found.values())


def main():
    rng = random.Random(SEED)
    one = [
        dict(id=f"one-{i:03}", answer=answer, **described([G.dress(rng, text)], 0))
        for i, (text, answer) in enumerate(distinct(one_turn, ONE_TURN, rng), 1)
    ]
    two = []
    for i, (*texts, answer) in enumerate(distinct(two_turns, TWO_TURN, rng), 1):
        turns = [dict(role=r, **described(texts, t)) for t, r in enumerate(("user", "assistant", "user"))]
        two.append(dict(id=f"two-{i:03}", answer=answer, turns=turns))
    about = "Held-out commands for embedded:nano. decides[i]: removing words[i] alone changes the right answer."
    value = dict(about=about, made_by="scripts/train-nano/heldout.py", oneTurn=one, twoTurn=two)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(value, indent=1) + "\n")
    print(
        len(one),
        len(two),
        "conversations;",
        sum(map(sum, (c["decides"] for c in one))),
        "deciding words in one-turn commands",
    )


if __name__ == "__main__":
    main()
