"""The closed domain of the nano assistant: what users say, and what the right answer is.

Everything here is deterministic given a `random.Random`, and the *label* of any prompt -- complete,
masked, one turn or two -- is computed by `answer(turns)` from the words that are still there.  That is
what gives known ground truth for attributions: an answer depends only on the slots below, never on
the fillers.
"""
import random
import re
import zlib

ROOMS = "kitchen bedroom bathroom garage office garden".split()
DEVICES = "light lamp fan heater radio oven".split()
STATES = "on off".split()
NUMBERS = "one two three four five six seven eight nine ten".split()
COLORS = "red green blue white yellow purple".split()
# object -> (color, sound, legs); None where the question makes no sense
FACTS = {
    "dog": ("brown", "woof", "four"),
    "cat": ("black", "meow", "four"),
    "cow": ("white", "moo", "four"),
    "duck": ("yellow", "quack", "two"),
    "bee": ("yellow", "buzz", "six"),
    "spider": ("black", "nothing", "eight"),
    "sky": ("blue", None, None),
    "grass": ("green", None, None),
    "snow": ("white", None, None),
    "banana": ("yellow", None, None),
    "tomato": ("red", None, None),
}
OBJECTS = list(FACTS)
ATTR_WORDS = {
    "color": "color",
    "colour": "color",
    "sound": "sound",
    "noise": "sound",
    "say": "sound",
    "says": "sound",
    "legs": "legs",
}
PRE = (
    "|||please|hey|um|uh|could you|could you please|can you|can you please|would you|hello|ok|so|"
    "hey there|i want you to|i would like you to|hello could you"
).split("|")
POST = ["", "", "", "", "please", "thanks", "now", "thank you", "for me", "right now", "today", "for me please"]
QPRE = ["", "", "", "hey", "um", "uh", "hello", "ok", "so", "please tell me", "can you tell me", "do you know"]
QPOST = ["", "", "", "", "please", "thanks", "thank you", "today"]
SORRY = "sorry, i did not get that"
HELLO = "hello, how can i help?"
BYE = "goodbye, see you soon"
SYSTEM = ["Respond with text.", "You are a helpful assistant."]
INTERLEAVED = "Respond with interleaved text and audio."
SPEAK = ["Perform TTS. Use the US female voice.", "Perform TTS."]
ASR = "Perform ASR."


def words(s):
    return re.findall(r"[a-z']+", s.lower())


def parse(ws):
    """Slots that a list of words mentions (the last mention of a slot wins)."""
    f = {}
    for w in ws:
        if w in ROOMS:
            f["room"] = w
        elif w in DEVICES:
            f["device"] = w
        elif w in STATES:
            f["state"] = w
        elif w in NUMBERS or w in COLORS:
            f["value"] = w
        elif w in ATTR_WORDS:
            f["attr"] = ATTR_WORDS[w]
        elif w in FACTS:
            f["obj"] = w
        elif w in ("set", "setting", "change"):
            f["set"] = True
        elif w == "hello":
            f["hello"] = True
        elif w == "goodbye":
            f["bye"] = True
    if "obj" in f or "attr" in f:  # "the sky is blue", "has four legs": the value is the fact's
        v = f.pop("value", None)
        if v in COLORS:
            f.setdefault("attr", "color")
    return f


def intent(f):
    if "attr" in f or "obj" in f:
        return "fact"
    if "value" in f:
        return "set"
    if "state" in f:
        return "switch"
    if "set" in f:
        return "set"
    return None


def answer(turns):
    """turns: list of word lists (user, assistant, user, ...), the last one the user's.  -> the answer."""
    ctx = {}
    for t in turns[:-1]:
        p = parse(t)
        if intent(p) == "fact":  # a new topic clears the other one
            ctx = {k: v for k, v in ctx.items() if k in ("attr", "obj")}
        elif intent(p) in ("set", "switch"):
            ctx = {k: v for k, v in ctx.items() if k in ("room", "device", "state", "value", "set")}
            if "value" in p:
                ctx.pop("state", None)
            if "state" in p:
                ctx.pop("value", None)
                ctx.pop("set", None)
        ctx.update(p)
    f = parse(turns[-1])
    it = intent(f)
    if it == "fact":
        attr = f.get("attr") or ctx.get("attr")
        obj = f.get("obj") or ctx.get("obj")
        if not attr:
            return f"what about the {obj}?"
        if not obj:
            return {"color": "the color of what?", "sound": "the sound of what?", "legs": "the legs of what?"}[attr]
        c, s, n = FACTS[obj]
        if attr == "color":
            return f"the {obj} is {c}"
        if s is None:
            return f"the {obj} has no " + ("sound" if attr == "sound" else "legs")
        return f"the {obj} says {s}" if attr == "sound" else f"the {obj} has {n} legs"
    if not (it or "room" in f or "device" in f):
        return HELLO if "hello" in f else BYE if "bye" in f else SORRY
    s, v = f.get("state"), f.get("value")
    if it is None:
        it = intent(ctx)
        if it == "switch":
            s = ctx.get("state")
        elif it == "set":
            v = ctx.get("value")
        else:
            it = None
    r = f.get("room") or ctx.get("room")
    d = f.get("device") or ctx.get("device")
    if it == "switch":
        if r and d:
            return f"turning {s} the {r} {d}"
        if d:
            return f"turning {s} the {d} in which room?"
        if r:
            return f"turning {s} what in the {r}?"
        return f"turning {s} what?"
    if it == "set" and v:
        if r and d:
            return f"setting the {r} {d} to {v}"
        if d:
            return f"setting the {d} to {v} in which room?"
        if r:
            return f"setting what to {v} in the {r}?"
        return f"setting what to {v}?"
    if it == "set":
        if r and d:
            return f"setting the {r} {d} to what?"
        if d:
            return f"setting the {d} to what?"
        if r:
            return f"setting what in the {r}?"
        return SORRY
    return f"what about the {' '.join(x for x in (r, d) if x)}?"


def held_out(ans):
    """True for the ~1/8 of complete commands (room, device, state/value) that training never answers."""
    f = parse(words(ans))
    if not ("room" in f and "device" in f and ("state" in f or "value" in f)):
        return False
    return zlib.crc32(f"{f['room']} {f['device']} {f.get('state') or f['value']}".encode()) % 8 == 0


SWITCH = (
    "turn {s} the {r} {d}|switch {s} the {r} {d}|turn the {r} {d} {s}|switch the {r} {d} {s}|"
    "turn {s} the {d} in the {r}|turn the {d} in the {r} {s}|turn {s} the {r} {d}"
).split("|")
SET = (
    "set the {r} {d} to {v}|change the {r} {d} to {v}|set the {d} in the {r} to {v}|make the {r} {d} {v}|"
    "change the {d} in the {r} to {v}|set the {r} {d} to {v}"
).split("|")
FACT = {
    "color": ["what color is {a} {o}", "which color is {a} {o}", "the color of {a} {o}"],
    "sound": [
        "what sound does {a} {o} make",
        "what does {a} {o} say",
        "the sound of {a} {o}",
        "which noise does {a} {o} make",
    ],
    "legs": [
        "how many legs does {a} {o} have",
        "how many legs on {a} {o}".replace(" on ", " has "),
        "the number of legs of {a} {o}",
    ],
}
PART_HOME = (
    "turn {s} the {d}|switch {s} the {d}|turn the {d} {s}|set the {d} to {v}|change the {d} to {v}|"
    "turn {s}|set it to {v}|turn it {s}|in the {r}|the {r} {d}|the {d}|the {d} in the {r}"
).split("|")
FOLLOW_HOME = (
    "and the {r} {d} too|and the {d} too|and in the {r} too|and the {r} {d}|what about the {d}|"
    "now the {r} {d}|now turn it {s}|now set it to {v}|the {d} as well|in the {r} as well|and {s} again|"
    "now to {v}"
).split("|")
FOLLOW_FACT = "and the {o}|what about the {o}|and a {o}|and how many legs|and what color|and what sound".split("|")


def _fill(rng, t):
    return t.format(
        s=rng.choice(STATES),
        r=rng.choice(ROOMS),
        d=rng.choice(DEVICES),
        v=rng.choice(NUMBERS + COLORS),
        a=rng.choice(["the", "the", "a"]),
        o=rng.choice(OBJECTS),
    )


def _wrap(rng, pre, body, post, p=0.6):
    if rng.random() > p:
        return body
    return " ".join(x for x in (rng.choice(pre), body, rng.choice(post)) if x)


def first_turn(rng):
    """A complete or partial opening request (plain lower-case words, no punctuation)."""
    k = rng.random()
    if k < 0.36:
        return _wrap(rng, PRE, _fill(rng, rng.choice(SWITCH)), POST)
    if k < 0.66:
        return _wrap(rng, PRE, _fill(rng, rng.choice(SET)), POST)
    if k < 0.84:
        attr = rng.choice(["color", "sound", "legs"])
        o = rng.choice(OBJECTS if attr == "color" else OBJECTS[:6])
        return _wrap(rng, QPRE, rng.choice(FACT[attr]).format(a=rng.choice(["the", "the", "a"]), o=o), QPOST)
    if k < 0.95:
        return _wrap(rng, PRE, _fill(rng, rng.choice(PART_HOME)), POST, 0.4)
    return rng.choice(
        [
            "hello",
            "hello there",
            "hello assistant",
            "goodbye",
            "goodbye for now",
            "um",
            "please",
            "thanks",
            "hey",
            "ok thank you",
            "could you please",
            "hello how are you",
        ]
    )


def follow_turn(rng, first):
    if intent(parse(words(first))) == "fact":
        t = _fill(rng, rng.choice(FOLLOW_FACT))
    else:
        t = _fill(rng, rng.choice(FOLLOW_HOME))
    return _wrap(rng, ["ok", "um", "hey", "thanks", "please"], t, ["please", "thanks", "now", ""], 0.3)


def respell(rng, s):
    """other ways to type the same: British spelling, contractions, capitals anywhere"""
    if rng.random() < 0.5:
        s = s.replace("color", "colour")
    if s.startswith(("the ", "what ")) and " of " in s and rng.random() < 0.5:
        s = "what's " + s.removeprefix("what is ")
    k = rng.random()
    return s[:1].upper() + s[1:] if k < 0.4 else s.title() if k < 0.48 else s.upper() if k < 0.5 else s


def dress(rng, s):
    """Typed-text surface variation: capitals and punctuation carry no meaning."""
    if s and rng.random() < 0.3:
        s = s[0].upper() + s[1:]
    if s and rng.random() < 0.3:
        s += rng.choice([".", "!", "?", "..."])
    return s


if __name__ == "__main__":
    rng = random.Random(0)
    for _ in range(25):
        u = first_turn(rng)
        a = answer([words(u)])
        u2 = follow_turn(rng, u)
        print(
            f"{u!r:60} -> {a!r} {'HELD' if held_out(a) else ''}\n      {u2!r:56} -> {answer([words(u), words(a), words(u2)])!r}"
        )
