"""A byte-level BPE trained on the domain, written as a HuggingFace tokenizer.json, plus the same in Python.

    python3 tokenizer.py OUTDIR [VOCAB]
"""
import json
import os
import re
import sys
import random
from collections import Counter

SPECIAL = {
    0: "<|pad|>",
    1: "<|startoftext|>",
    2: "<|endoftext|>",
    3: "<|fim_pre|>",
    4: "<|fim_mid|>",
    5: "<|fim_suf|>",
    6: "<|im_start|>",
    7: "<|im_end|>",
    128: "<|audio_start|>",
    129: "<|text_start|>",
    130: "<|text_end|>",
}
N_SPECIAL = 131
# ASCII rendering of the GPT-2 split that ByteLevel(use_regex=true) applies
SPLIT = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?[^\W\d_]+| ?\d+| ?(?:[^\s\w]|_)+|\s+(?!\S)|\s+")


def byte_chars():
    bs = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    cs = bs[:]
    n = 0
    for b in range(256):
        if b not in bs:
            bs.append(b)
            cs.append(256 + n)
            n += 1
    return {b: chr(c) for b, c in zip(bs, cs)}


B2C = byte_chars()
TEMPLATE = (
    "{{- bos_token -}}{%- for message in messages -%}{{- '<|im_start|>' + message['role'] + '\n' + message['content'] "
    "+ '<|im_end|>\n' -}}{%- endfor -%}{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\n' -}}{%- endif -%}"
)


def train(corpus, vocab_size):
    """corpus: iterable of strings without special tokens -> (vocab, merges)"""
    freq = Counter(p for s in corpus for p in SPLIT.findall(s))
    seqs = {w: [B2C[b] for b in w.encode()] for w in freq}
    vocab = {SPECIAL.get(i, f"<|reserved_{i}|>"): i for i in range(N_SPECIAL)}
    for b in range(256):
        vocab[B2C[b]] = len(vocab)
    merges = []
    while len(vocab) < vocab_size:
        pairs = Counter()
        for w, s in seqs.items():
            for p in zip(s, s[1:]):
                pairs[p] += freq[w]
        if not pairs:
            break
        (a, b), n = max(pairs.items(), key=lambda kv: (kv[1], kv[0]))
        merges.append((a, b))
        vocab[a + b] = len(vocab)
        for w, s in seqs.items():
            i, o = 0, []
            while i < len(s):
                if i + 1 < len(s) and s[i] == a and s[i + 1] == b:
                    o.append(a + b)
                    i += 2
                else:
                    o.append(s[i])
                    i += 1
            seqs[w] = o
    return vocab, merges


class Tokenizer:
    def __init__(self, path):
        j = json.load(open(path))
        self.vocab = j["model"]["vocab"]
        self.inv = {i: t for t, i in self.vocab.items()}
        self.rank = {tuple(m.split(" ") if isinstance(m, str) else m): i for i, m in enumerate(j["model"]["merges"])}
        self.cache = {}
        self.special = {t["content"]: t["id"] for t in j["added_tokens"]}
        self.spre = re.compile("(" + "|".join(re.escape(t) for t in self.special) + ")")
        self.c2b = {c: b for b, c in B2C.items()}

    def _piece(self, w):
        if w not in self.cache:
            s = [B2C[b] for b in w.encode()]
            while len(s) > 1:
                r, i = min((self.rank.get(p, 1 << 30), i) for i, p in enumerate(zip(s, s[1:])))
                if r == 1 << 30:
                    break
                s[i : i + 2] = [s[i] + s[i + 1]]
            self.cache[w] = [self.vocab[x] for x in s]
        return self.cache[w]

    def encode(self, s):
        """special tokens in the text are recognised, as HuggingFace does"""
        out = []
        for part in self.spre.split(s):
            if part in self.special:
                out.append(self.special[part])
            else:
                for w in SPLIT.findall(part):
                    out += self._piece(w)
        return out

    def decode(self, ids):
        return bytes(self.c2b[c] for i in ids if i >= N_SPECIAL for c in self.inv[i]).decode("utf8", "replace")


def write(out, vocab, merges):
    os.makedirs(out, exist_ok=True)
    added = [
        {
            "id": i,
            "content": SPECIAL.get(i, f"<|reserved_{i}|>"),
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": True,
        }
        for i in range(N_SPECIAL)
    ]
    bl = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    tok = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": None,
        "pre_tokenizer": bl,
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [
                {"SpecialToken": {"id": "<|startoftext|>", "type_id": 0}},
                {"Sequence": {"id": "A", "type_id": 0}},
            ],
            "pair": [
                {"SpecialToken": {"id": "<|startoftext|>", "type_id": 0}},
                {"Sequence": {"id": "A", "type_id": 0}},
                {"SpecialToken": {"id": "<|startoftext|>", "type_id": 1}},
                {"Sequence": {"id": "B", "type_id": 1}},
            ],
            "special_tokens": {"<|startoftext|>": {"id": "<|startoftext|>", "ids": [1], "tokens": ["<|startoftext|>"]}},
        },
        "decoder": bl,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": vocab,
            "merges": [f"{a} {b}" for a, b in merges],
        },
    }
    json.dump(tok, open(f"{out}/tokenizer.json", "w"), ensure_ascii=False)
    json.dump(
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": "<|startoftext|>",
            "eos_token": "<|im_end|>",
            "pad_token": "<|pad|>",
            "unk_token": None,
            "add_bos_token": True,
            "add_eos_token": False,
            "clean_up_tokenization_spaces": False,
            "model_max_length": 4096,
            "chat_template": TEMPLATE,
            "added_tokens_decoder": {
                str(a["id"]): {k: a[k] for k in ("content", "lstrip", "normalized", "rstrip", "single_word", "special")}
                for a in added
                if a["id"] in SPECIAL
            },
        },
        open(f"{out}/tokenizer_config.json", "w"),
        ensure_ascii=False,
        indent=1,
    )
    open(f"{out}/chat_template.jinja", "w").write(TEMPLATE)
    json.dump(
        {"bos_token": "<|startoftext|>", "eos_token": "<|im_end|>", "pad_token": "<|pad|>"},
        open(f"{out}/special_tokens_map.json", "w"),
    )


if __name__ == "__main__":
    import grammar as G

    rng = random.Random(7)
    docs = ["system\n", "user\n", "assistant\n", G.ASR, G.INTERLEAVED, *G.SYSTEM] * 200
    for _ in range(30000):
        u = G.first_turn(rng)
        a = G.answer([G.words(u)])
        u2 = G.follow_turn(rng, u)
        docs += [G.dress(rng, u), " " + u, a, G.dress(rng, u2), G.answer([G.words(u), G.words(a), G.words(u2)])]
    for w in {w for d in docs for w in G.words(d)}:
        docs += [" " + w, w] * 3  # every word whole, with and without a space
    vocab, merges = train(docs, int(sys.argv[2]) if len(sys.argv) > 2 else 1024)
    write(sys.argv[1], vocab, merges)
    t = Tokenizer(sys.argv[1] + "/tokenizer.json")
    ws = sorted({w for d in docs for w in G.words(d)})
    print(
        len(vocab),
        "vocab",
        len(ws),
        "words; in more than one piece:",
        [w for w in ws if len(t.encode(" " + w)) > 1],
        [w for w in ws if len(t.encode(w)) > 1],
    )
    print(
        t.encode("<|im_start|>user\nTurn on the kitchen light, please!<|im_end|>\n"),
        t.decode(t.encode("Turn on the kitchen light, please!")),
    )
